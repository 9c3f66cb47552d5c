"""enqueue: what is accepted, what is refused, and how it is waited for."""

import io
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Board, Command
from tests.jobs import Worker
from tests.waiting import wait_until


# S3.1
def test_the_id_of_the_job_is_printed_and_nothing_else(board: Board, callboard: Command) -> None:
    answer = callboard("enqueue", "generate_embeddings", "paper_id=123")
    assert (answer.code, answer.err) == (0, "")
    job = board.store.get(answer.out.strip())
    assert (job.type, job.queue, job.kwargs) == ("generate_embeddings", "paper-processing", {"paper_id": "123"})


def test_values_are_json_where_they_are_json(board: Board, callboard: Command) -> None:
    id = callboard(
        "enqueue", "email_send", 'to=["a@example.org"]', "template=welcome", 'data={"n": 5}', "--json"
    ).json()["id"]
    kwargs = board.store.get(id).kwargs
    assert (kwargs["to"], kwargs["template"], kwargs["data"]) == (["a@example.org"], "welcome", {"n": 5})


def test_what_does_not_fit_the_schema_is_refused_with_the_name_of_each_field(board: Board, callboard: Command) -> None:
    answer = callboard("enqueue", "email_send", "template=nonsense", "colour=red")
    assert (answer.code, answer.out) == (2, "")
    assert all(field in answer.err for field in ("to:", "template:", "colour:"))
    assert board.store.queues() == []


@pytest.mark.parametrize("word", ["paper_id", "=5", "paper_id=1 paper_id=2"])
def test_words_that_are_no_arguments_are_refused(callboard: Command, word: str) -> None:
    assert callboard("enqueue", "generate_embeddings", *word.split()).code == 2


def test_an_unknown_type_is_not_found_and_the_right_one_suggested(callboard: Command) -> None:
    answer = callboard("enqueue", "email_sent", "to=x")
    assert answer.code == 3
    assert "did you mean email_send" in answer.err


def test_arguments_are_read_from_standard_input(
    board: Board, callboard: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"paper_id": "p1"}')))
    id = callboard("enqueue", "generate_embeddings", "--args-file", "-").out.strip()
    assert board.store.get(id).kwargs == {"paper_id": "p1"}


@pytest.mark.parametrize("content", [b"[1]", b"{", b""])
def test_a_file_that_is_no_json_object_is_refused(callboard: Command, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "args").write_bytes(content)
    assert callboard("enqueue", "generate_embeddings", "--args-file", str(tmp_path / "args")).code == 2


def test_a_delay_and_a_time_say_when_it_runs(board: Board, callboard: Command) -> None:
    later = callboard("enqueue", "generate_embeddings", "paper_id=1", "--delay", "1h30m").out.strip()
    due = board.store.get(later).due_at
    assert due is not None
    assert timedelta(minutes=89) < due - datetime.now(UTC) <= timedelta(minutes=90)
    at = callboard("enqueue", "generate_embeddings", "paper_id=1", "--at", "2031-05-04T09:30:00+02:00").out.strip()
    assert board.store.get(at).due_at == datetime(2031, 5, 4, 7, 30, tzinfo=UTC)


def test_priority_tags_and_fairness_go_with_the_job(board: Board, callboard: Command) -> None:
    words = ["--priority", "HIGH", "--tag", "a", "--tag", "b", "--fairness", "user:1"]
    job = board.store.get(callboard("enqueue", "generate_embeddings", "paper_id=1", *words).out.strip())
    assert (job.priority, job.tags, job.fairness) == (2, ["a", "b"], "user:1")


@pytest.mark.parametrize("wish", [["--priority", "urgent"], ["--delay", "soon"], ["--at", "tomorrow"]])
def test_a_wish_that_makes_no_sense_is_refused(callboard: Command, wish: list[str]) -> None:
    assert callboard("enqueue", "generate_embeddings", "paper_id=1", *wish).code == 2


def test_a_key_that_is_held_answers_with_the_job_that_holds_it(callboard: Command) -> None:
    first = callboard("enqueue", "generate_embeddings", "paper_id=1", "--key", "k").out
    second = callboard("enqueue", "generate_embeddings", "paper_id=1", "--key", "k")
    assert second.out == first
    assert "held by a live job" in second.err


@pytest.mark.parametrize(("ending", "code"), [("complete", 0), ("fail", 1)])
def test_waiting_prints_id_and_result_and_tells_how_it_ended(
    board: Board, callboard: Command, ending: str, code: int
) -> None:
    worker = Worker(board.client.links, "paper-processing")

    def work() -> None:
        (job,) = wait_until(worker.fetch)
        getattr(worker, ending)(job)

    thread = threading.Thread(target=work)
    thread.start()
    answer = callboard("enqueue", "generate_embeddings", "paper_id=1", "--follow")
    thread.join()
    assert answer.code == code
    assert answer.out.splitlines()[1:] == (["null"] if code == 0 else [])
    assert ("the disk is on fire" in answer.err) == (code == 1)


def test_waiting_with_json_is_one_object(board: Board, callboard: Command) -> None:
    worker = Worker(board.client.links, "paper-processing")

    def work() -> None:
        (job,) = wait_until(worker.fetch)
        worker.complete(job, result=7)

    thread = threading.Thread(target=work)
    thread.start()
    answer = callboard("enqueue", "generate_embeddings", "paper_id=1", "--wait", "--json")
    thread.join()
    assert (answer.json()["state"], answer.json()["result"]) == ("completed", 7)


def test_following_says_why_nothing_happens(board: Board, callboard: Command) -> None:
    answer = callboard("enqueue", "generate_embeddings", "paper_id=1", "--follow", "--timeout", "1200ms")
    assert answer.code == 6
    assert "no running worker" in answer.err
    board.control.pause("paper-processing")
    answer = callboard("enqueue", "generate_embeddings", "paper_id=1", "--follow", "--timeout", "1200ms")
    assert "its queue is paused" in answer.err


def test_waiting_gives_up_in_time(callboard: Command) -> None:
    answer = callboard("enqueue", "generate_embeddings", "paper_id=1", "--wait", "--timeout", "50ms")
    assert answer.code == 6
    assert len(answer.out.splitlines()) == 1
