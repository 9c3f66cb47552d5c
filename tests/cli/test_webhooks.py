"""webhooks and alerts: who receives what, what was sent, what needs attention."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callboard.history.database import writing
from callboard.history.schema import HISTORY
from callboard.jobs.settings import load_settings
from cli import server
from research.webhooks import log
from research.webhooks.signature import new_secret, verify
from tests.cli.conftest import Board, Command
from tests.jobs import make_call
from tests.research.webhooks.conftest import Receiver, listening, receiver

__all__ = ["listening", "receiver"]

URL = "https://hooks.lab.example/T0/sk-CANARY"


@pytest.fixture(autouse=True)
def tables(callboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of the history; webhooks may call this machine."""
    monkeypatch.setenv("CALLBOARD_OUTBOUND_ALLOW", "127.0.0.0/8")
    HISTORY.upgrade(load_settings().sql_url)


def add(callboard: Command, url: str = URL, *more: str) -> tuple[str, str]:
    """A webhook: its id and its secret."""
    made = callboard("webhooks", "add", url, *more, "--json").json()
    return made["id"], made["secret"]


def prepare(webhook: str, id: str = "msg_1", state: str = log.WAITING) -> None:
    """A delivery in the log."""
    with writing(server.database()) as session:
        log.prepare(session, id, webhook=webhook, event="job:failed", subject="01J", body='{"a":1}', at_ms=1)
        log.set_state(session, id, state)


def test_a_webhook_is_added_and_its_secret_shown_once(callboard: Command) -> None:
    answer = callboard("webhooks", "add", URL, "--events", "job:failed,flow:*", "--type", "Extract-PDF", "--about", "x")
    assert answer.out.startswith("whsec_")
    assert "shown only now" in answer.err
    listed = callboard("webhooks", "--json")
    (webhook,) = listed.json()["webhooks"]
    assert (webhook["target"], webhook["events"]) == ("https://hooks.lab.example/…", ["job:failed", "flow:*"])
    assert (webhook["types"], webhook["enabled"], webhook["about"]) == (["extract_pdf"], True, "x")
    for shown in (listed.out, callboard("webhooks", "ls").out, answer.err):
        assert "CANARY" not in shown
        assert answer.out.strip() not in shown


def test_a_secret_that_was_made_elsewhere_is_taken_from_a_file(callboard: Command, tmp_path: Path) -> None:
    own = new_secret()
    (tmp_path / "secret").write_text(own + "\n")
    assert add(callboard, URL, "--secret-file", str(tmp_path / "secret"))[1] == own
    (tmp_path / "weak").write_text("hunter2")
    answer = callboard("webhooks", "add", URL, "--secret-file", str(tmp_path / "weak"))
    assert answer.code != 0
    assert "hunter2" not in answer.err


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("http://10.0.0.1/", 7, "it is private; CALLBOARD_OUTBOUND_ALLOW lifts that"),
        ("ftp://lab.example/", 2, "begins with http:// or https://"),
        ("https://ann:sk-CANARY@lab.example/", 2, "no login"),
    ],
)
def test_a_target_that_cannot_be_called_is_refused(callboard: Command, url: str, code: int, words: str) -> None:
    answer = callboard("webhooks", "add", url)
    assert (answer.code, words in answer.err, "CANARY" in answer.err) == (code, True, False)


def test_an_event_that_does_not_exist_is_refused(callboard: Command) -> None:
    answer = callboard("webhooks", "add", URL, "--events", "job:done")
    assert answer.code == 2
    assert 'no event is called "job:done"' in answer.err


def test_a_webhook_is_switched_rotated_and_forgotten(callboard: Command) -> None:
    id, secret = add(callboard)
    assert callboard("webhooks", "disable", id, "--json").json()["enabled"] is False
    assert callboard("webhooks", "enable", id, "--json").json()["enabled"] is True
    assert callboard("webhooks", "rotate", id).out.strip() not in ("", secret)
    assert callboard("webhooks", "rm", id).code == 2  # nobody can be asked
    assert callboard("webhooks", "rm", id, "--yes").code == 0
    assert callboard("webhooks", "ls", "--json").json() == {"webhooks": []}
    assert callboard("webhooks", "enable", id).code == 3


def test_a_webhook_is_tried_out_from_here(callboard: Command, receiver: Receiver) -> None:
    id, secret = add(callboard, receiver.url)
    callboard("webhooks", "disable", id)
    answer = callboard("webhooks", "test", id, "--json")
    assert (answer.code, answer.json()["status"], answer.json()["delivered"]) == (0, 200, True)
    ((headers, body),) = receiver.requests
    verify(secret, headers, body)
    assert json.loads(body)["type"] == "webhook:test"
    receiver.answer(404, "no such hook")
    failed = callboard("webhooks", "test", id)
    assert (failed.code, "answered 404" in failed.err) == (1, True)
    listed = callboard("webhooks", "deliveries", id, "--json").json()["deliveries"]
    assert [one["state"] for one in listed] == ["failed", "delivered"]
    (attempt,) = callboard("webhooks", "deliveries", listed[0]["id"], "--json").json()["log"]
    assert (attempt["status"], attempt["excerpt"]) == (404, "no such hook")


def test_deliveries_are_sent_again_under_their_id(callboard: Command, board: Board) -> None:
    id, _ = add(callboard)
    prepare(id, "msg_1", log.DELIVERED)
    prepare(id, "msg_2", log.FAILED)
    ((delivery, job),) = callboard("webhooks", "replay", "msg_1").lines()
    assert delivery == "msg_1"
    assert board.store.get(job).kwargs == {"delivery": "msg_1"}
    answer = callboard("webhooks", "replay", "--failed-of", id, "--json").json()
    assert [one["delivery"] for one in answer["replayed"]] == ["msg_2"]
    listed = callboard("webhooks", "deliveries", "--json").json()["deliveries"]
    assert {one["state"] for one in listed} == {"waiting"}
    assert callboard("webhooks", "replay", "msg_3").code == 3
    assert callboard("webhooks", "replay").code == 2


def test_what_needs_attention_is_listed_with_what_to_do(callboard: Command, board: Board) -> None:
    assert callboard("alerts", "--json").json() == {"alerts": []}
    board.client.enqueue(make_call("mail"))
    (alert,) = callboard("alerts", "--json").json()["alerts"]
    assert (alert["key"], alert["count"]) == ("no_workers:mail", 1)
    assert alert["advice"] == "start one: callboard worker -q mail"
    assert callboard("alerts", "silence", "no_workers:mail", "--for", "1h").code == 0
    assert callboard("alerts", "--json").json() == {"alerts": []}
    (silenced,) = callboard("alerts", "--silenced", "--json").json()["alerts"]
    assert silenced["silenced_until"]
    assert callboard("alerts", "silence", "no_workers:mail", "--for", "0").code == 0
    assert len(callboard("alerts", "--json").json()["alerts"]) == 1
    assert callboard("alerts", "silence", "nothing:mail").code == 3


def test_a_rule_is_changed_silenced_and_brought_back(callboard: Command) -> None:
    changed = callboard("alerts", "set", "backlog", "waiting=5", "--to", "a@b.c", "--channel", "mail", "--json").json()
    assert (changed["numbers"]["waiting"], changed["addresses"], changed["channels"]) == (5, ["a@b.c"], ["mail"])
    assert callboard("alerts", "set", "backlog", "--off", "--json").json()["enabled"] is False
    assert callboard("alerts", "silence", "backlog", "--for", "2h", "--json").json()["silenced_until"]
    rules = {rule["name"]: rule for rule in callboard("alerts", "rules", "--json").json()["rules"]}
    assert (rules["backlog"]["enabled"], rules["backlog"]["numbers"]["oldest_s"]) == (False, 900)
    assert rules["backlog"]["silenced_until"]
    assert callboard("alerts", "silence", "backlog", "--for", "0").code == 0
    restored = callboard("alerts", "set", "backlog", "--default", "--json").json()
    assert (restored["enabled"], restored["numbers"]["waiting"], restored["silenced_until"]) == (True, 1000, None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backlog",), "say what to change"),
        (("backlog", "waiting=many"), "waiting must be a number"),
        (("backlog", "size=5"), 'has no number "size"'),
        (("backlog", "--to", "nobody"), "recipient must be like"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(callboard: Command, words: tuple[str, ...], said: str) -> None:
    answer = callboard("alerts", "set", *words)
    assert (answer.code, said in answer.err) == (2, True)


def test_a_rule_that_there_is_not_is_unknown(callboard: Command) -> None:
    answer = callboard("alerts", "set", "backlogs", "--on")
    assert (answer.code, "did you mean backlog?" in answer.err) == (3, True)
    assert callboard("alerts", "silence", "nothing").code == 3
