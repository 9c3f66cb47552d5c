"""--url: alerts, webhooks, tokens, types, models and notes over the API, with the output of the server itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from callboard.history.audit import audit_lines
from callboard.history.database import reading, writing
from callboard.history.notification_models import AlertFiringRow
from callboard.history.tokens import find_token
from callboard.jobs.clock import wall_ms
from cli import server
from research.ml.keeping import train_and_keep
from research.ml.recipe import Recipe
from research.webhooks import log
from tests.cli.conftest import Answer, Board, forget
from tests.cli.test_over_api import over, services, tables, token
from tests.jobs import make_call
from tests.waiting import wait_until
from web.services import Services

__all__ = ["over", "services", "tables"]

Over = Callable[..., Answer]
URL = "https://hooks.lab.example/T0/sk-CANARY"


@pytest.fixture
def near(over: Over, services: Services, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """The same command straight at the server, without the API."""

    def command(*words: str) -> Answer:
        with monkeypatch.context() as there:
            there.delenv("CALLBOARD_URL")
            there.setenv("REDIS_URL", valkey_url)
            there.setenv("CALLBOARD_HOME", str(services.settings.home))
            forget()
            answer = over(*words)
        if server.database.cache_info().currsize:
            server.database().dispose()
        if server.links.cache_info().currsize:
            server.links().close()
        forget()
        return answer

    return command


def same(over: Over, near: Over, *words: str) -> Any:
    """What a word says over the API, as JSON, after making sure that it says the same straight."""
    far, here = over(*words, "--json"), near(*words, "--json")
    assert (far.code, far.out) == (here.code, here.out), words
    assert over(*words).out == near(*words).out, words
    return far.json()


def act(services: Services) -> str:
    """Who did what last."""
    line = audit_lines(services.engine, limit=1)[0]
    return f"{line.who}: {line.verb}"


def test_rules_are_listed_changed_and_silenced(over: Over, near: Over, services: Services) -> None:
    changed = over("alerts", "set", "backlog", "waiting=5", "--to", "a@b.c", "--channel", "mail", "--json").json()
    assert (changed["numbers"]["waiting"], changed["addresses"], changed["channels"]) == (5, ["a@b.c"], ["mail"])
    assert act(services) == "the admin: alert.rule"
    assert over("alerts", "silence", "backlog", "--for", "2h", "--json").json()["silenced_until"]
    rules = {rule["name"]: rule for rule in same(over, near, "alerts", "rules")["rules"]}
    assert (rules["backlog"]["numbers"]["waiting"], rules["view"]["enabled"]) == (5, True)
    assert rules["backlog"]["silenced_until"]
    assert over("alerts", "silence", "backlog", "--for", "0").code == 0
    restored = over("alerts", "set", "backlog", "--default", "--json").json()
    assert (restored["numbers"]["waiting"], restored["silenced_until"]) == (1000, None)
    assert near("alerts", "set", "backlog", "--off").code == 0
    assert act(services).endswith(": alert.rule")
    for command in (over, near):
        assert command("alerts", "set", "nothing", "--on").code == command("alerts", "silence", "nothing").code == 3
        assert command("alerts", "set", "backlog", "size=5").code == command("alerts", "set", "backlog").code == 2
    assert over("alerts", "set", "backlog", "--off", role="operator").code == 7


def test_what_needs_attention_is_listed_and_silenced(over: Over, near: Over, board: Board, services: Services) -> None:
    board.client.enqueue(make_call("mail"))
    mine = ("--token", token(services, "admin"))  # whoever has just acted is told nothing old
    (alert,) = over("alerts", "--json", *mine).json()["alerts"]
    assert (alert["key"], alert["advice"]) == ("no_workers:mail", "start one: callboard worker -q mail")
    assert set(alert) == set(near("alerts", "--json").json()["alerts"][0])
    assert over("alerts", "silence", "no_workers:mail", "--note", "we move", *mine).code == 0
    assert same(over, near, "alerts", *mine) == {"alerts": []}
    for command in (over, near):
        (silent,) = command("alerts", "--silenced", "--json", *mine).json()["alerts"]
        assert (silent["silence_note"], silent["silenced_until"] is None) == ("we move", False)
    assert over("alerts", "silence", "no_workers:mail", role="viewer").code == 7


def test_searches_are_watched_changed_and_forgotten(over: Over, near: Over, services: Services) -> None:
    words = ("alerts", "watch", "add", "failed mails", "state:failed", "type:email_send", "--above", "50")
    made = over(*words, "--json").json()
    assert (made["query"], made["above"], made["created_by"]) == ("state:failed type:email_send", 50, "the admin")
    assert over(*words).code == near(*words).code == 4
    assert near("alerts", "watch", "add", "all", "state:all", "--above", "0").code == 0
    assert act(services).endswith(": alert.watch")
    listed = same(over, near, "alerts", "watch")["watches"]
    assert [(row["name"], row["above"]) for row in listed] == [("all", 0), ("failed mails", 50)]
    for command, above in ((over, "7"), (near, "8")):
        row = command("alerts", "watch", "set", "failed mails", "--above", above, "--off", "--json").json()
        assert (row["id"], row["above"], row["enabled"]) == (made["id"], int(above), False)
        assert command("alerts", "watch", "add", "x", "state:nonsense", "--above", "1").code == 2
        assert command("alerts", "watch", "add", " x", "state:failed", "--above", "1").code == 2
        assert command("alerts", "watch", "set", "all").code == 2
        assert command("alerts", "watch", "rm", "nobody", "--yes").code == 3
        assert command("alerts", "watch", "rm", "all").code == 2
    assert over("alerts", "watch", "rm", made["id"], "--yes", role="viewer").code == 7
    assert over("alerts", "watch", "rm", made["id"], "--yes").code == 0
    assert near("alerts", "watch", "rm", "all", "--yes").code == 0
    assert same(over, near, "alerts", "watch") == {"watches": []}


def test_what_was_told_is_listed(over: Over, near: Over, services: Services) -> None:
    with writing(services.engine) as session:
        session.add(told_firing("backlog:mail", 5_000))
        session.add(told_firing("backlog:default", None))
    rows = same(over, near, "alerts", "history")["firings"]
    assert [(row["key"], row["resolved_at"] is None) for row in rows] == [
        ("backlog:default", True),
        ("backlog:mail", False),
    ]
    assert len(same(over, near, "alerts", "history", "--limit", "1")["firings"]) == 1


def told_firing(key: str, resolved_ms: int | None) -> AlertFiringRow:
    """A line of the history of alerts."""
    rule, _, subject = key.partition(":")
    times = {"since_ms": 1_000, "fired_ms": 2_000, "resolved_ms": resolved_ms}
    return AlertFiringRow(key=key, rule=rule, subject=subject, count=7, cause="7 jobs wait", **times)


def test_webhooks_are_added_listed_switched_rotated_and_forgotten(over: Over, near: Over, services: Services) -> None:
    answer = over("webhooks", "add", URL, "--events", "job:failed", "--type", "Extract-PDF", "--about", "x", "--json")
    made = answer.json()
    assert (made["target"], made["events"], made["types"]) == (
        "https://hooks.lab.example/…",
        ["job:failed"],
        ["extract_pdf"],
    )
    assert made["secret"].startswith("whsec_")
    slack = near("webhooks", "add", URL, "--shape", "slack", "--json").json()
    assert set(slack) == set(made)
    listed = same(over, near, "webhooks")["webhooks"]
    assert [(row["id"], row["shape"]) for row in listed] == [(made["id"], ""), (slack["id"], "slack")]
    id = made["id"]
    assert over("webhooks", "disable", id, "--json").json()["enabled"] is False
    assert act(services) == "the admin: webhook.change"
    assert same(over, near, "webhooks", "enable", id)["enabled"] is True
    assert over("webhooks", "rotate", id).out.strip() not in ("", made["secret"])
    assert over("webhooks", "rm", id).code == 2
    assert over("webhooks", "rm", id, "--yes", role="viewer").code == 7
    assert over("webhooks", "rm", id, "--yes", "--json").json()["removed"] is True
    for command in (over, near):
        assert command("webhooks", "enable", id).code == command("webhooks", "rm", id, "--yes").code == 3
        assert command("webhooks", "test", id).code == 3
        assert command("webhooks", "add", "http://10.0.0.1/").code == 7
        assert command("webhooks", "add", "ftp://lab.example/").code == 2
        assert command("webhooks", "add", URL, "--events", "job:done").code == 2


def test_deliveries_are_listed_shown_and_sent_again(over: Over, near: Over, services: Services, board: Board) -> None:
    hook = over("webhooks", "add", URL, "--json").json()["id"]
    with writing(services.engine) as session:
        for id, state in (("msg_1", log.DELIVERED), ("msg_2", log.FAILED), ("msg_3", log.WAITING)):
            log.prepare(session, id, webhook=hook, event="job:failed", subject="01J", body='{"a":1}', at_ms=1)
            log.set_state(session, id, state)
        log.note(session, "msg_1", log.DELIVERED, log.Attempt(0, 5, 7, 200, None, "thanks"))
    assert len(same(over, near, "webhooks", "deliveries")["deliveries"]) == 3
    (failed,) = same(over, near, "webhooks", "deliveries", hook, "--state", "failed")["deliveries"]
    assert failed["id"] == "msg_2"
    shown = same(over, near, "webhooks", "deliveries", "msg_1")
    assert (shown["body"], shown["log"][0]["excerpt"]) == ({"a": 1}, "thanks")
    (again,) = over("webhooks", "replay", "--failed-of", hook, "--json").json()["replayed"]
    assert (again["delivery"], board.store.get(again["job"]).kwargs) == ("msg_2", {"delivery": "msg_2"})
    ((delivery, _),) = over("webhooks", "replay", "msg_1").lines()
    assert delivery == "msg_1"
    for command in (over, near):
        assert command("webhooks", "replay", "msg_3", "msg_9").code == 3
        assert command("webhooks", "deliveries", "msg_9").code == 3
    assert over("webhooks", "replay", "msg_1", role="viewer").code == 7


def test_a_webhook_is_tried_out_from_over_there(over: Over, services: Services) -> None:
    hook = over("webhooks", "add", URL, "--json").json()["id"]

    def answer(state: str, attempt: log.Attempt) -> None:
        """What a worker over there does."""

        def waiting() -> list[log.Delivery]:
            with reading(services.engine) as session:
                return log.latest(session, hook, state=log.WAITING)

        wait_until(lambda: bool(waiting()))
        with writing(services.engine) as session:
            log.note(session, waiting()[0].id, state, attempt)

    for given, code in (
        ((log.DELIVERED, log.Attempt(0, 5, 7, 200, None, "thanks")), 0),
        ((log.RETRYING, log.Attempt(0, 5, 7, 500, "answered 500", None)), 1),
    ):
        worker = threading.Thread(target=answer, args=given)
        worker.start()
        told = over("webhooks", "test", hook, "--json", role="operator")
        worker.join()
        assert (told.code, told.json()["status"], told.json()["delivered"]) == (code, given[1].status, code == 0)
    assert "answered 500" in told.err


def test_tokens_are_made_listed_rotated_and_ended(over: Over, near: Over, services: Services) -> None:
    made = over("token", "create", "Ann's notebook", "--role", "viewer", "--expires", "90d", "--json").json()
    found = find_token(services.engine, made["token"], wall_ms())
    assert found
    assert (found.id, found.name, found.role) == (made["id"], "Ann's notebook", "viewer")
    assert set(made) == set(near("token", "create", "robot", "--json").json())
    shown = over("token", "--json")
    rows = {row["id"]: row for row in shown.json()["tokens"]}
    assert (rows[made["id"]]["expires_at"], rows[made["id"]]["holds"]) == (made["expires_at"], True)
    assert made["token"] not in shown.out
    rotated = over("token", "rotate", made["id"], "--yes").out.strip()
    assert find_token(services.engine, made["token"], wall_ms()) is None
    id = rotated.split("_")[1]
    assert over("token", "revoke", id).code == 2
    assert over("token", "revoke", id, "--yes").code == 0
    assert find_token(services.engine, rotated, wall_ms()) is None
    for command in (over, near):
        assert command("token", "revoke", id, "--yes").code == command("token", "rotate", id, "--yes").code == 3
        assert command("token", "create", " ").code == 2
    assert over("token", role="operator").code == 7


def test_a_note_is_written_on_a_job_and_read(over: Over, near: Over, services: Services, board: Board) -> None:
    id = board.client.enqueue(make_call())
    made = over("note", id, "the scan is upside down", "--json").json()
    assert (made["who"], made["text"]) == ("the admin", "the scan is upside down")
    assert near("note", id, "asked Ann").code == 0
    assert act(services).endswith(": note")
    notes = same(over, near, "note", id)["notes"]
    assert [note["text"] for note in notes] == ["the scan is upside down", "asked Ann"]
    for command in (over, near):
        assert command("note", "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2", "x").code == 3
        assert command("note", "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2").code == 3
        assert command("note", id, " ").code == 2
    assert over("note", id, "x", role="viewer").code == 7


def test_types_are_those_of_the_board(over: Over, near: Over) -> None:
    types = same(over, near, "types")["types"]
    assert "extract_pdf" in [type["type"] for type in types]
    shown = same(over, near, "types", "show", "Extract-PDF")
    assert shown["arguments"][0].keys() == {"name", "kind", "required", "default", "about"}
    for command in (over, near):
        assert command("types", "show", "extract_pdff").code == 3
    assert over("types", "--token", "nonsense").code == 7


def test_models_are_listed_shown_and_asked(over: Over, near: Over, services: Services) -> None:
    data = services.files.put_path(Path(__file__).parents[1] / "data/ml/pem-nafion112.csv").reference
    features = ("current_density", "pressure")
    recipe = Recipe("prediction", "pem", data, "cell_voltage", features, algorithm="ridge", folds=2)
    train_and_keep(services.engine, services.files, recipe, job_id="a", progress=lambda *_: None)
    (model,) = same(over, near, "models")["models"]
    assert (model["name"], model["score"]) == ("pem", round(model["metrics"]["held_out"]["r2"], 3))
    assert same(over, near, "models", "show", "pem")["metrics"] == model["metrics"]
    (said,) = same(over, near, "predict", "pem", "current_density=400", "pressure=15")["predictions"]
    assert 0.4 < said["value"] < 0.7
    for command in (over, near):
        assert command("models", "show", "pem", "--version", "2").code == 3
        assert command("models", "show", "nothing").code == command("predict", "nothing", "x=1").code == 3
        assert command("predict", "pem", "current_density=400").code == 2
    assert over("models", "rm", "pem", "--yes").code == 2


def test_the_doctor_over_there_looks_at_the_same(over: Over, near: Over) -> None:
    far, here = over("doctor", "--json"), near("doctor", "--json")
    rows, own = far.json()["findings"], here.json()["findings"]
    assert [row.keys() for row in rows] == [row.keys() for row in own]
    assert {row["name"] for row in rows} == {row["name"] for row in own}
    assert far.code == (1 if any(not row["ok"] for row in rows) else 0)
    assert over("doctor", "--token", "nonsense").code == 7
