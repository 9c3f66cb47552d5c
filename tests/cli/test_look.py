"""ls, show, result, logs, wait, events."""

import json
import threading
from pathlib import Path

import pytest

from callboard.jobs.identity import new_id
from cli import server
from tests.callboard.history.failing import finished
from tests.cli.conftest import Board, Command
from tests.jobs import make_call
from tests.waiting import wait_until


def test_ls_is_one_json_object_with_all_fields_of_each_job(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call("mail", "send", kwargs={"to": "a"}, tags=("urgent",)))
    (job,) = callboard("ls", "--json").json()["jobs"]
    assert (job["id"], job["type"], job["queue"], job["state"]) == (id, "send", "mail", "waiting")
    assert (job["kwargs"], job["tags"], job["priority"]) == ({"to": "a"}, ["urgent"], "normal")
    assert job["enqueued_at"].endswith("Z")


def test_ls_piped_is_one_line_for_each_job_with_tabs_between(board: Board, callboard: Command) -> None:
    ids = board.client.enqueue_many(make_call() for _ in range(3))
    lines = callboard("ls").lines()
    assert [fields[0] for fields in lines] == ids[::-1]
    assert all(fields[1:4] == ["add", "default", "waiting"] for fields in lines)


def test_ls_prints_one_json_object_a_line_when_asked(board: Board, callboard: Command) -> None:
    board.client.enqueue_many(make_call() for _ in range(3))
    assert len(callboard("ls", "--ndjson").out.splitlines()) == 3


@pytest.mark.parametrize(
    "words",
    [
        ["state:failed"],
        ["STATE:failed", "queue:mail"],
        ["--state", "failed"],
        ["type:send", "state:finished"],
        ["--type", "Send", "--queue", "Mail"],
    ],
)
def test_ls_finds_by_state_queue_and_type(board: Board, callboard: Command, words: list[str]) -> None:
    wanted = board.client.enqueue(make_call("mail", "send"))
    board.worker.fail(board.worker.take())
    board.client.enqueue(make_call("default", "add"))
    assert [fields[0] for fields in callboard("ls", *words).lines()] == [wanted]


def test_ls_finds_a_job_by_its_id_in_lower_case(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    board.client.enqueue(make_call())
    assert [fields[0] for fields in callboard("ls", id.lower()).lines()] == [id]


def test_ls_goes_as_deep_as_it_must_to_find_a_type(board: Board, callboard: Command) -> None:
    rare = board.client.enqueue(make_call(type="rare"))
    board.client.enqueue_many(make_call() for _ in range(600))
    assert [fields[0] for fields in callboard("ls", "type:rare").lines()] == [rare]


@pytest.mark.parametrize(
    ("word", "hint"),
    [("stat:failed", "did you mean state:?"), ("state:faild", "states are"), ("queue:a/b", "not a name")],
)
def test_a_query_that_makes_no_sense_says_why(callboard: Command, word: str, hint: str) -> None:
    answer = callboard("ls", word)
    assert answer.code == 2
    assert hint in answer.err


# S3.2
def test_show_is_one_json_object_with_reason_errors_and_place(board: Board, callboard: Command) -> None:
    board.client.enqueue(make_call("mail"))
    id = board.client.enqueue(make_call("mail"))
    board.control.pause("mail")
    shown = callboard("show", id, "--json").json()
    assert shown["id"] == id
    assert shown["why"] == {"reason": "paused", "until": None}
    assert shown["place"] == 1
    assert shown["errors"] == []


def test_secrets_among_the_arguments_are_not_shown(board: Board, callboard: Command) -> None:
    secret = {"password": "hunter2", "login": [{"api_key": "hunter2"}], "file": "a.pdf"}
    id = board.client.enqueue(make_call(kwargs=secret))
    for words in (["show", id], ["show", id, "--json"], ["ls", "--json"]):
        page = callboard(*words).out
        assert "hunter2" not in page
        assert "a.pdf" in page


def test_show_tells_what_went_wrong_in_each_run(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call("mail"))
    board.worker.retry(board.worker.take())
    (error,) = callboard("show", id, "--json").json()["errors"]
    assert error["failure"]["message"] == "the disk is on fire"
    page = callboard("show", id).out
    assert "OSError: the disk is on fire" in page
    assert "retry: delayed until its next attempt" in page


@pytest.mark.parametrize("verb", ["show", "result", "logs", "wait", "cancel", "retry", "promote", "rm"])
def test_a_job_that_is_unknown_is_not_found(callboard: Command, verb: str) -> None:
    id = new_id()
    answer = callboard(verb, id)
    assert answer.code == 3
    assert id in answer.err


def test_a_result_is_printed_as_json(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    board.worker.complete(board.worker.take(), result={"rows": [1, 2]})
    assert callboard("result", id).json() == {"rows": [1, 2]}


def test_a_result_goes_to_a_file(board: Board, callboard: Command, tmp_path: Path) -> None:
    id = board.client.enqueue(make_call())
    board.worker.complete(board.worker.take(), result=[1])
    answer = callboard("result", id, "-o", str(tmp_path / "result.json"))
    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / "result.json").read_text() == "[\n  1\n]\n"


def test_a_result_that_is_not_there_yet_is_not_possible(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    answer = callboard("result", id)
    assert (answer.code, answer.out) == (4, "")
    assert "it is waiting" in answer.err


def test_logs_are_printed_from_the_level_asked_for(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    job = board.worker.take()
    lines = ['{"at_ms":1000,"level":"info","message":"begun"}', '{"at_ms":2000,"level":"error","message":"oh"}']
    board.worker.say("log", id, job.fence, 1, *lines)
    assert [fields[1:] for fields in callboard("logs", id).lines()] == [["info", "begun"], ["error", "oh"]]
    assert [line["message"] for line in callboard("logs", id, "--json").json()["lines"]] == ["begun", "oh"]
    assert [fields[2] for fields in callboard("logs", id, "--level", "warning").lines()] == ["oh"]


def test_logs_are_followed_until_the_job_is_finished(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    job = board.worker.take()
    board.worker.say("log", id, job.fence, 1, '{"at_ms":1000,"level":"info","message":"before"}')

    def go_on() -> None:
        wait_until(lambda: listeners(board) > 0, what="somebody listens")
        board.worker.say("log", id, job.fence, 2, '{"at_ms":2000,"level":"info","message":"after"}')
        board.worker.complete(job)

    later = threading.Thread(target=go_on)
    later.start()
    answer = callboard("logs", "-f", id)
    later.join()
    assert [fields[2] for fields in answer.lines()] == ["before", "after"]


def listeners(board: Board) -> int:
    return int(str(board.client.links.call("INFO", "clients")).split("blocked_clients:")[1].splitlines()[0])


def test_wait_ends_with_0_when_all_jobs_completed(board: Board, callboard: Command) -> None:
    ids = board.client.enqueue_many(make_call() for _ in range(2))
    board.worker.run_all()
    answer = callboard("wait", *ids, "--json")
    assert answer.code == 0
    assert {job["state"] for job in answer.json()["jobs"]} == {"completed"}


def test_wait_hears_of_the_end_of_a_job(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    job = board.worker.take()

    def finish() -> None:
        wait_until(lambda: listeners(board) > 0, what="somebody listens")
        board.worker.complete(job)

    later = threading.Thread(target=finish)
    later.start()
    assert callboard("wait", id, "--timeout", "20s").code == 0
    later.join()


def test_wait_ends_with_1_when_a_job_failed_and_says_why(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    board.worker.fail(board.worker.take())
    answer = callboard("wait", id)
    assert answer.code == 1
    assert "the disk is on fire" in answer.err


def test_wait_ends_with_6_when_time_is_up(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    answer = callboard("wait", id, "--timeout", "50ms")
    assert answer.code == 6
    assert f"{id} is waiting" in answer.err


# S5.32
def test_events_tell_what_happened_in_order(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call("mail"))
    board.worker.complete(board.worker.take())
    board.client.enqueue(make_call("default"))
    events = callboard("events", "queue:mail", "--json").json()["events"]
    assert [(event["event"], event["job"]) for event in events] == [
        ("job:added", id),
        ("job:active", id),
        ("job:completed", id),
    ]


# S3.20
def test_events_are_followed_until_there_were_enough(board: Board, callboard: Command) -> None:
    board.client.enqueue_many(make_call() for _ in range(5))
    assert len(callboard("events", "-f", "--limit", "3", "--ndjson").out.splitlines()) == 3


def test_watch_piped_is_one_json_object_for_each_look(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    (line,) = callboard("watch", "--times", "1").out.splitlines()
    assert id in line


def test_show_tells_when_a_job_is_expected(board: Board, callboard: Command) -> None:  # S4.32
    ids = board.client.enqueue_many(make_call() for _ in range(3))
    about = json.dumps({"queues": ["default"], "threads": 1})
    board.store.links.call(*board.store.links.script("register", "crew", 60_000, about))
    first, second = (callboard("show", id, "--json").json()["estimate"] for id in ids[:2])
    assert (first["basis"], second) == ("slots", {"starts_at": None, "finishes_at": None, "basis": None})
    assert callboard("migrate").code == 0
    finished(server.database(), 20, type="add", run_ms=90_000)
    shown = callboard("show", ids[2], "--json").json()
    assert (shown["place"], shown["estimate"]["basis"]) == (2, "history")
    page = callboard("show", ids[2]).out
    assert "starts in 2 min, finishes in 4 min: by the newest completed jobs" in " ".join(page.split())
    board.worker.fail(board.worker.take())
    assert callboard("show", ids[0], "--json").json()["estimate"]["basis"] is None
