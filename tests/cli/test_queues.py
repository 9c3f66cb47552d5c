"""queues, workers, flows, types, stats, health, doctor: the state of the whole."""

import json

import pytest
from sqlalchemy import insert

from callboard.history.audit import audit_lines
from callboard.history.database import writing
from callboard.history.models import table_of
from callboard.history.outbox_models import OutboxRow
from callboard.history.outbox_relay import relay
from callboard.history.schema import HISTORY
from callboard.jobs.flow import Plan, Step, chain, group, plan
from callboard.jobs.settings import load_settings
from cli import server
from tests.cli.conftest import Board, Command
from tests.jobs import make_call


# S5.41
def test_queues_are_listed_with_their_counts(board: Board, callboard: Command) -> None:
    board.client.enqueue_many(make_call("mail") for _ in range(2))
    board.client.enqueue(make_call("mail", delay=60.0))
    (queue,) = callboard("queues", "--json").json()["queues"]
    assert (queue["name"], queue["paused"], queue["concurrency"], queue["rate"]) == ("mail", False, None, None)
    assert (queue["counts"]["waiting"], queue["counts"]["delayed"]) == (2, 1)
    assert callboard("queues", "ls").lines() == [["mail", "no", "2", "0", "1", "0", ""]]


# S2.26 S5.16 S5.17
def test_a_queue_is_paused_and_resumed(board: Board, callboard: Command) -> None:
    board.client.enqueue(make_call("mail"))
    assert callboard("queues", "pause", "MAIL", "--json").json()["paused"] is True
    assert board.store.queue("mail").paused
    assert callboard("queues", "resume", "mail").code == 0
    assert not board.store.queue("mail").paused


def test_who_did_what_to_a_queue_and_why_is_written_down(board: Board, callboard: Command) -> None:
    HISTORY.upgrade(load_settings().sql_url)
    board.client.enqueue(make_call("mail"))
    callboard("queues", "pause", "mail", "--note", "the server moves")
    callboard("queues", "drain", "mail", "--yes")
    callboard("queues", "limit", "mail", "--concurrency", "4", "--rate", "50/m")
    lines = [(line.verb, line.count, line.detail) for line in audit_lines(server.database())]
    assert lines[::-1] == [
        ("queue.pause", 1, '{"note":"the server moves"}'),
        ("queue.drain", 1, '{"delayed":false}'),
        ("queue.limit", 1, '{"concurrency":4,"rate":{"count":50,"per_ms":60000}}'),
    ]


def test_a_queue_is_limited_and_the_limits_are_lifted(board: Board, callboard: Command) -> None:
    board.client.enqueue(make_call("mail"))
    limited = callboard("queues", "limit", "mail", "--concurrency", "4", "--rate", "50/m", "--json").json()
    assert (limited["concurrency"], limited["rate"]) == (4, {"count": 50, "per_ms": 60_000})
    lifted = callboard("queues", "limit", "mail", "--concurrency", "0", "--rate", "off", "--json").json()
    assert (lifted["concurrency"], lifted["rate"]) == (None, None)


@pytest.mark.parametrize("rate", ["50", "x/1m", "0/1m", "5/soon"])
def test_a_rate_that_is_none_is_refused(board: Board, callboard: Command, rate: str) -> None:
    board.client.enqueue(make_call("mail"))
    assert callboard("queues", "limit", "mail", "--rate", rate).code == 2


def test_a_queue_is_drained(board: Board, callboard: Command) -> None:
    board.client.enqueue_many(make_call("mail") for _ in range(2))
    board.client.enqueue(make_call("mail", delay=60.0))
    assert callboard("queues", "drain", "mail", "--yes", "--json").json()["cancelled"] == 2
    assert callboard("queues", "drain", "mail", "--delayed", "--yes", "--json").json()["cancelled"] == 1


# S5.18
def test_finished_jobs_of_a_queue_are_forgotten(board: Board, callboard: Command) -> None:
    board.client.enqueue_many(make_call("mail") for _ in range(3))
    board.worker.run_all()
    assert callboard("queues", "clean", "mail", "--older", "1h", "--yes", "--json").json()["forgotten"] == 0
    assert callboard("queues", "clean", "mail", "--keep", "1", "--yes", "--json").json()["forgotten"] == 2


def test_an_unknown_queue_is_not_found_and_the_right_one_suggested(board: Board, callboard: Command) -> None:
    board.client.enqueue(make_call("mail"))
    answer = callboard("queues", "pause", "mial")
    assert answer.code == 3
    assert "did you mean mail?" in answer.err


def test_workers_are_listed_with_what_they_run(board: Board, callboard: Command) -> None:
    about = {"host": "elsewhere", "pid": 1, "threads": 5, "queues": ["default"], "types": ["add"]}
    board.worker.say("register", "worker-1", 10_000, json.dumps(about), "add")
    id = board.client.enqueue(make_call())
    board.worker.take()
    (worker,) = callboard("workers", "--json").json()["workers"]
    assert (worker["id"], worker["threads"], worker["active"]) == ("worker-1", 5, [id])
    assert id in callboard("workers", "show", "worker-1").out
    assert callboard("workers", "show", "worker-2").code == 3


def test_a_worker_that_was_killed_on_this_machine_is_shown_as_gone(board: Board, callboard: Command) -> None:
    import socket

    about = {"host": socket.gethostname(), "pid": 2**22 + 1, "threads": 5, "queues": ["default"]}
    board.worker.say("register", "worker-1", 10_000, json.dumps(about))
    assert callboard("workers", "--json").json()["workers"][0]["gone"] is True
    assert callboard("health").code == 1


def test_flows_are_listed_and_drawn(board: Board, callboard: Command) -> None:
    first, left, right, last = (make_call(type=name) for name in ("first", "left", "right", "last"))
    flow = board.client.start_flow(plan(chain(first, group(left, right), last), name="story", meta={"a": 1}))
    board.worker.complete(board.worker.take())
    board.worker.settle()
    (listed,) = callboard("flows", "--json").json()["flows"]
    assert (listed["id"], listed["name"], listed["state"], listed["jobs"]) == (flow, "story", "active", 4)
    assert (listed["completed"], listed["meta"]) == (1, {"a": 1})
    assert [member["type"] for member in callboard("flows", "show", flow, "--json").json()["members"]] == [
        "first",
        "left",
        "right",
        "last",
    ]
    drawing = [line.split()[:3] for line in callboard("flows", "show", flow).out.splitlines()[1:]]
    assert drawing[0][:2] == ["✓", "first"]
    assert drawing[1] == ["├─", "○", "left"]
    assert drawing[2] == ["└─", "○", "right"]
    assert drawing[3][:2] == ["○", "last"]


def test_an_unknown_flow_is_not_found(callboard: Command) -> None:
    assert callboard("flows", "show", "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2").code == 3


def test_stats_add_up_all_queues(board: Board, callboard: Command) -> None:
    board.client.enqueue_many(make_call(queue) for queue in ("mail", "default", "mail"))
    found = callboard("stats", "--json").json()
    assert (found["counts"]["waiting"], found["queues"], found["workers"]) == (3, 2, 0)
    assert ["waiting", "3"] in callboard("stats").lines()


# S1.48
def test_health_is_told_by_the_exit_code(board: Board, callboard: Command) -> None:
    assert callboard("health").code == 1
    assert callboard("health", "--no-worker").code == 0
    about = {"host": "elsewhere", "pid": 1, "threads": 5, "queues": ["default"]}
    board.worker.say("register", "worker-1", 10_000, json.dumps(about))
    answer = callboard("health", "--json")
    assert (answer.code, answer.json()) == (0, {"ok": True, "workers": 1})


# S1.46 S3.24
def test_the_doctor_names_what_is_wrong_with_its_fix(board: Board, callboard: Command) -> None:
    board.client.enqueue(make_call())
    answer = callboard("doctor", "--json")
    assert answer.code == 1
    findings = {finding["name"]: finding for finding in answer.json()["findings"]}
    assert findings["server eviction"]["ok"]
    assert "callboard worker" in findings["workers"]["fix"]
    assert "stuck in default" in findings["waiting jobs"]["found"]
    assert "callboard migrate" in findings["tables"]["fix"]


def test_the_doctor_finds_nothing_once_it_was_listened_to(board: Board, callboard: Command) -> None:
    about = {"host": "elsewhere", "pid": 1, "threads": 5, "queues": ["default"]}
    board.worker.say("register", "worker-1", 10_000, json.dumps(about))
    assert callboard("migrate", "--json").json()["version"]
    answer = callboard("doctor", "--invariants", "--json")
    assert [finding for finding in answer.json()["findings"] if not finding["ok"]] == []
    assert answer.code == 0


def test_the_doctor_sees_calls_that_nobody_pushes_and_why(board: Board, callboard: Command) -> None:
    callboard("migrate")
    row = {"kind": "call", "id": "x", "body": "{", "written_ms": 0, "tries": 0, "retry_ms": 0}
    with writing(server.database()) as session:
        session.execute(insert(table_of(OutboxRow)).values(row))
    finding = next(f for f in callboard("doctor", "--json").json()["findings"] if f["name"] == "outbox")
    assert not finding["ok"]
    assert "1 wait, the oldest for" in finding["found"]
    assert "callboard scheduler" in finding["fix"]
    relay(server.database(), board.client)
    finding = next(f for f in callboard("doctor", "--json").json()["findings"] if f["name"] == "outbox")
    assert "1 cannot be pushed, first row 1: NotJson: the kept call is not JSON" in finding["found"]
    assert "row 1 of table job_outbox" in finding["fix"]


def test_the_doctor_sees_a_broken_invariant(board: Board, callboard: Command, prefix: str) -> None:
    id = board.client.enqueue(make_call())
    board.client.links.call("HSET", f"{prefix}:job:{id}", "state", "completed")
    answer = callboard("doctor", "--invariants", "--json")
    assert answer.code == 1
    assert any(id in finding["found"] for finding in answer.json()["findings"])


def test_types_are_listed_with_their_arguments(callboard: Command) -> None:
    types = {row["type"]: row for row in callboard("types", "--json").json()["types"]}
    assert types["extract_pdf"]["isolated"] is True
    shown = callboard("types", "show", "Extract-PDF", "--json").json()
    assert shown["arguments"][0] | {"about": ""} == {
        "name": "paper_id",
        "kind": "string",
        "required": True,
        "default": None,
        "about": "",
    }


def test_an_unknown_type_is_not_found_and_the_right_one_suggested(callboard: Command) -> None:
    answer = callboard("types", "show", "extract_pd")
    assert answer.code == 3
    assert "extract_pdf" in answer.err


def test_a_step_is_approved_rejected_left_out_and_its_flow_cancelled_and_resumed(
    board: Board, callboard: Command
) -> None:
    def steps() -> Plan:
        look = Step(make_call(), name="look", if_fails="ignore")
        return plan(chain(Step(make_call(), name="ask", approval=True), look, Step(make_call(), name="tell")))

    flow, other = (board.client.start_flow(steps()) for _ in range(2))
    assert callboard("flows", "--json").json()["flows"][0]["asks"] == 1
    assert callboard("flows", "approve", flow, "look").code == 4
    approved = callboard("flows", "approve", flow, "ask", "--note", "fine", "--json").json()
    assert board.store.get(approved["step"]).decided["note"] == "fine"  # type: ignore[index]
    assert callboard("flows", "skip", flow, "look").code == 0
    assert callboard("flows", "skip", flow, "tell").code == 4
    assert callboard("flows", "reject", other, "nobody").code == 3
    assert "rejected" in callboard("flows", "reject", other, "ask").err
    assert callboard("flows", "cancel", flow, "--yes", "--json").json()["affected"] == 3
    assert callboard("flows", "resume", flow, "--json").json()["affected"] == 1
    states = [job["state"] for job in callboard("flows", "show", flow, "--json").json()["members"]]
    assert states == ["waiting", "blocked", "blocked"]


def test_a_worker_is_made_quiet_and_stopped(board: Board, callboard: Command) -> None:
    about = {"host": "elsewhere", "pid": 4711, "threads": 4, "queues": ["default"]}
    board.worker.say("register", "worker-1", 10_000, json.dumps(about))
    assert callboard("workers", "quiet", "worker-1", "--json").json()["state"] == "quiet"
    assert "quiet" in callboard("workers").out
    assert callboard("workers", "quiet", "worker-1", "--off", "--json").json()["state"] == "on"
    assert callboard("workers", "stop", "worker-1").code == 2, "nobody can be asked here, so it wants --yes"
    assert callboard("workers", "stop", "worker-1", "--yes", "--json").json()["state"] == "stopping"
    assert callboard("workers", "quiet", "worker-1", "--off").code == 4
    assert callboard("workers", "stop", "worker-2", "--yes").code == 3
