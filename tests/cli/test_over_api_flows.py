"""--url: flows, workers and schedules over the API, with the output of the server itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from callboard.broker.keys import CONTROL
from callboard.history.audit import audit_lines
from callboard.jobs.flow import Plan, Step, chain, group, plan
from cli import server
from tests.cli.conftest import Answer, Board
from tests.cli.test_over_api import over, services, tables
from tests.jobs import make_call
from tests.web.recorded import record
from web.services import Services

__all__ = ["over", "services", "tables"]

Over = Callable[..., Answer]
ABOUT = {"host": "elsewhere", "pid": 4711, "threads": 4, "lease_ms": 60_000, "queues": ["default"], "types": ["add"]}
NIGHTLY = ("nightly", "generate_embeddings", "paper_id=7", "--cron", "30 2 * * *", "--tz", "Europe/Berlin")
MOVING = ("heartbeat_age_ms", "elapsed_ms", "lease_until")


@pytest.fixture
def near(over: Over, services: Services, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> Over:
    """The same command straight at the server."""

    def command(*words: str) -> Answer:
        with monkeypatch.context() as there:
            there.delenv("CALLBOARD_URL")
            there.setenv("REDIS_URL", valkey_url)
            there.setenv("CALLBOARD_HOME", str(services.settings.home))
            own = (server.settings, server.store, server.client, server.control, server.database, server.links)
            for cached in own:
                cached.cache_clear()
            try:
                return over(*words)
            finally:
                server.links().close()
                for cached in own:
                    cached.cache_clear()

    return command


@pytest.fixture
def worker(board: Board) -> Iterator[str]:
    """A worker process that runs one of two jobs, and tells what its threads do."""
    board.worker.say("register", "worker-1", 60_000, json.dumps(ABOUT))
    board.client.enqueue(make_call())
    board.worker.take()
    threads = [{"job": "1", "type": "add", "attempt": 1, "elapsed_ms": 5, "in_child": True, "stack": "line 7\n"}]
    links = board.store.links
    link = links.open()

    def tell() -> None:
        order = link.run([("BLPOP", CONTROL(links.prefix, "worker-1"), 20)], timeout=30)[0]
        if order:
            links.call("RPUSH", json.loads(order[1]).get("answer", "nobody"), json.dumps({"threads": threads}))

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    yield "worker-1"
    links.call("RPUSH", CONTROL(links.prefix, "worker-1"), "{}")
    teller.join()
    link.close()


def steps() -> Plan:
    """A flow of four steps, the first of which must be approved."""
    look = Step(make_call(), name="look", if_fails="ignore")
    ask = Step(make_call(kwargs={"paper": 1, "password": "canary"}, tags=["mine"]), name="ask", approval=True)
    tell = Step(make_call(priority=7), name="tell")
    return plan(
        chain(ask, group(look, Step(make_call("mail"), name="file")), tell), name="story", meta={"token": "x-y"}
    )


def test_flows_are_listed_and_shown_as_the_server_itself_does(board: Board, over: Over, near: Over) -> None:
    flow, _ = (board.client.start_flow(steps()) for _ in range(2))
    over("flows", "approve", flow, "ask", "--note", "fine")
    board.worker.complete(board.worker.take(), result={"pages": 7})
    board.worker.settle()
    for words in (["ls"], ["ls", "--limit", "1", "--json"], ["show", flow.lower(), "--json"], ["show", flow]):
        far = over("flows", *words)
        assert (far.code, far.out) == (0, near("flows", *words).out), words
    shown = over("flows", "show", flow, "--json", role="viewer").json()
    assert (shown["completed"], shown["members"][0]["result"]) == (1, {"pages": 7})
    assert (shown["members"][0]["decided"]["note"], "canary" in str(shown)) == ("fine", False)
    assert "├─ ○ look" in over("flows", "show", flow).out


def test_a_flow_is_acted_on_with_the_exit_codes_of_the_engine(board: Board, over: Over, services: Services) -> None:
    flow, other = (board.client.start_flow(steps()) for _ in range(2))
    unknown = "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2"
    assert over("flows", "approve", flow, "look").code == 4
    assert over("flows", "approve", flow, "ask", role="viewer").code == 7
    approved = over("flows", "approve", flow, "ask", "--note", "fine", "--json").json()
    assert board.store.get(approved["step"]).decided["by"] == "the admin"  # type: ignore[index]
    assert (approved["id"], approved["name"], approved["state"]) == (flow, "story", "active")
    assert over("flows", "skip", flow, "look").code == 0
    assert over("flows", "skip", flow, "tell").code == 4
    misspelt = over("flows", "reject", other, "aks")
    assert (misspelt.code, "did you mean ask?" in misspelt.err) == (3, True)
    assert "rejected" in over("flows", "reject", other, "ask").err
    assert over("flows", "resume", flow).code == 4
    assert over("flows", "cancel", flow).code == 2, "it asks before harm"
    assert over("flows", "cancel", flow, "--yes", "--json").json()["affected"] == 4
    assert over("flows", "resume", flow, "--json").json()["affected"] == 1
    assert {over("flows", *words).code for words in (["show", unknown], ["cancel", unknown, "--yes"])} == {3}
    verbs = [line.verb for line in audit_lines(services.engine)]
    assert verbs == ["flow.resume", "flow.cancel", "flow.reject", "flow.skip", "flow.approve"]


def still(answer: Answer) -> Any:
    """What a worker is, without what each look at it finds changed."""
    return json.loads(answer.out, object_hook=lambda row: {key: row[key] for key in row if key not in MOVING})


def test_workers_are_listed_shown_and_asked_what_they_do(over: Over, near: Over, worker: str) -> None:
    assert still(over("workers", "--json")) == still(near("workers", "--json"))
    assert over("workers").out == near("workers").out
    assert still(over("workers", "show", worker, "--json")) == still(near("workers", "show", worker, "--json"))
    (row,) = over("workers", "ls", "--json", role="viewer").json()["workers"]
    assert (row["busy"], row["free"], row["jobs"][0]["type"]) == (1, 3, "add")
    page = over("workers", "show", worker, "--stacks").out
    assert "its body is in a child process\nline 7" in page


def test_a_worker_is_made_quiet_and_stopped(over: Over, worker: str) -> None:
    assert over("workers", "quiet", worker, role="viewer").code == 7
    assert over("workers", "quiet", worker, "--json").json()["state"] == "quiet"
    assert over("workers", "quiet", worker, "--off", "--json").json()["state"] == "on"
    assert over("workers", "stop", worker).code == 2, "it asks before harm"
    assert over("workers", "stop", worker, "--yes", "--json").json()["state"] == "stopping"
    assert over("workers", "quiet", worker, "--off").code == 4
    misspelt = over("workers", "stop", "worker-2", "--yes")
    assert (misspelt.code, "did you mean worker-1?" in misspelt.err) == (3, True)


def test_schedules_are_set_listed_and_shown_as_the_history_itself_does(
    board: Board, over: Over, near: Over, services: Services
) -> None:
    first = (*NIGHTLY, "--priority", "high")
    made = [over("schedules", "set", *words, "--json").json() for words in (first, first, (*first, "--cap", "5"))]
    assert [row["result"] for row in made] == ["created", "unchanged", "changed"]
    assert over("schedules", "set", "once", *NIGHTLY[1:3], "--at", "2031-05-04T09:30Z").code == 0
    job = board.store.get(over("schedules", "run", "nightly").out.strip())
    assert (job.kwargs, job.priority, job.meta["schedule"]) == ({"paper_id": "7"}, 2, "nightly")
    assert over("schedules", "run", "nightly", "--json").json()["asked_by"] == "the admin"
    record(services)
    for words in (["ls"], ["ls", "--json"], ["show", "once", "--json"], ["show", "nightly", "--limit", "1", "--json"]):
        far = over("schedules", *words)
        assert (far.code, far.out) == (0, near("schedules", *words).out), words
    shown = over("schedules", "show", "nightly", "--json", role="viewer").json()
    assert (len(shown["runs"]), len(shown["firings"]), shown["firings"][1]["outcome"]) == (5, 2, "waiting")
    assert (
        over("schedules", "show", "nightly", "--force-color=1").out
        == near("schedules", "show", "nightly", "--force-color=1").out
    )


def test_a_schedule_is_held_filled_and_removed(board: Board, over: Over) -> None:
    assert over("schedules", "set", *NIGHTLY).code == 0
    paused = over("schedules", "pause", "nightly", "--note", "the disk is full", "--json").json()
    assert (paused["state"], paused["pause_note"], paused["paused_by"]) == ("paused", "the disk is full", "the admin")
    next_at = over("schedules", "resume", "nightly", "--json").json()["next_at"]
    after = over("schedules", "skip", "nightly", "--json").json()
    assert (after["skipped_at"], after["next_at"] > next_at) == (next_at, True)
    span = ("schedules", "backfill", "nightly", "--from", "2026-01-01T12:00Z", "--to", "2026-01-04T12:00Z")
    listed = over(*span, "--dry-run", "--json").json()["times"]
    assert [row["planned_at"] for row in listed] == [f"2026-01-0{day}T01:30:00Z" for day in (2, 3, 4)]
    assert over(*span).code == 2, "it asks before harm"
    assert over(*span, "--yes", "--json").json()["times"] == listed
    assert board.store.counts("paper-processing")["waiting"] == 3
    assert over(*span[:-1], "2126-01-01T00:00Z", "--dry-run").code == 2
    assert over("schedules", "rm", "nightly", "--yes", "--json").json() == {"name": "nightly", "result": "removed"}
    assert over("schedules", "rm", "nightly", "--yes").code == 3


def test_what_cannot_be_done_to_a_schedule_has_the_exit_codes_of_the_history(over: Over, near: Over) -> None:
    assert over("schedules", "set", *NIGHTLY).code == 0
    for act in ("show", "run", "pause", "resume", "skip"):
        far, straight = over("schedules", act, "nihgtly"), near("schedules", act, "nihgtly")
        assert (far.code, far.err) == (3, straight.err)
        assert "did you mean nightly?" in far.err
    for words in (["set", *NIGHTLY], ["pause", "nightly"], ["run", "nightly"], ["clear", "--yes"]):
        assert over("schedules", *words, role="viewer").code == 7, words
    assert over("schedules", "set", "bad", *NIGHTLY[1:3], "--cron", "* * * * * *").code == 2
    assert over("schedules", "set", "second", *NIGHTLY[1:]).code == 0
    assert over("schedules", "clear", "--yes", "--json").json() == {"removed": 2}
    assert over("schedules", "--json").json() == {"schedules": []}
    init = over("schedules", "init")
    assert (init.code, "cannot go over the API" in init.err) == (2, True)
