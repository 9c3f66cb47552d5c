"""One body run inline: checked, with its middleware, its context kept."""

import time
from typing import Any

import pytest
from dramatiq.middleware import Middleware, SkipMessage

from callboard.jobs.errors import InvalidArguments, JobCancelled, JobTimeout, Permanent, Snooze, Transient
from callboard.testing.board import Board
from callboard.testing.errors import BoardError, BoardInUse
from tests.callboard.testing import lab


# S5.35
def test_a_body_is_run_with_checked_arguments_and_its_result_is_what_the_record_holds(board: Board) -> None:
    result = board.run(lab.weigh, samples=["1", 2])
    assert result == {"total": 3.0, "unit": "mg", "attempt": 1, "weighed": [0, 2]}
    with pytest.raises(InvalidArguments, match="samples"):
        board.run(lab.weigh, samples="many")


def test_what_the_body_told_is_kept(board: Board) -> None:
    board.run(lab.weigh, [1.0, 2.0, 3.0])
    assert [(p["done"], p["percent"], p["step"]) for p in board.last.progress] == [
        (1, 33.3, "weigh"),
        (2, 66.7, "weigh"),
        (3, 100.0, "weigh"),
    ]
    assert board.last.log == ("weighed 3 samples",)
    assert board.last.checkpoint == {"n": 3}
    assert (board.last.type, board.last.ended, board.last.error) == ("weigh", "completed", None)
    assert board.job(board.last).state == "completed"


def test_a_body_goes_on_from_a_checkpoint_in_a_later_attempt(board: Board) -> None:
    result = board.run_with_options(lab.weigh, kwargs={"samples": [1, 2, 3]}, checkpoint={"n": 2}, attempt=2)
    assert (result["attempt"], result["weighed"]) == (2, [2, 3])
    assert [p["done"] for p in board.last.progress] == [3]


@pytest.mark.parametrize(("samples", "kind"), [([], Permanent), ([1, -1], Transient)])
def test_the_exception_of_the_body_comes_out_as_it_was_raised(
    board: Board, samples: list[float], kind: type[Exception]
) -> None:
    with pytest.raises(kind) as raised:
        board.run(lab.weigh, samples)
    assert raised.traceback[-1].name == "weigh"
    assert board.last.error is raised.value
    assert board.all_enqueued() == []


def test_a_snooze_comes_out_too_and_leaves_nothing_enqueued(board: Board) -> None:
    with pytest.raises(Snooze):
        board.run(lab.steered, "snooze")
    assert (board.last.ended, board.last.checkpoint) == ("released", "snoozed")
    assert board.all_enqueued() == []


def test_neither_limits_nor_other_jobs_stand_before_a_body_that_is_run(board: Board) -> None:
    board.control.pause("mail")
    lab.tell.send("first")
    for _ in range(3):
        assert board.run(lab.limited, to="a") == "a"
    board.assert_enqueued(lab.tell, count=1)


def test_jobs_of_a_body_are_enqueued_and_do_not_run(board: Board) -> None:
    assert board.run(lab.tell_all, ["a", "b"]) == 2
    assert [job.args for job in board.assert_enqueued(lab.tell, count=2)] == [["a"], ["b"]]
    assert lab.seen == []


def test_a_cancel_is_heard_at_the_next_progress(board: Board) -> None:
    with pytest.raises(JobCancelled):
        board.run(lab.steered, "cancel")
    assert board.last.ended == "cancelled"


def test_a_body_is_interrupted_at_its_time_limit(board: Board) -> None:
    began = time.monotonic()
    with pytest.raises(JobTimeout, match=r"0\.1 s"):
        board.run(lab.endless)
    assert time.monotonic() - began < 20
    with pytest.raises(JobTimeout, match=r"0\.02 s"):
        board.run_with_options(lab.endless, timeout=0.02)


def test_a_plain_actor_runs_too(board: Board) -> None:
    assert board.run(lab.stock, "ab", times=2) == "abab"


def test_a_body_that_ends_the_process_ends_the_test(board: Board) -> None:
    with pytest.raises(SystemExit):
        board.run(lab.steered, "exit")


def test_the_middleware_of_the_broker_is_around_the_body(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, Any]] = []

    class Listener(Middleware):
        def before_process_message(self, broker: Any, message: Any) -> None:
            heard.append(("before", message.actor_name))
            if message.kwargs.get("unit") == "skip":
                raise SkipMessage

        def after_process_message(
            self, broker: Any, message: Any, *, result: Any = None, exception: Any = None
        ) -> None:
            heard.append(("after", type(exception)))

        def after_skip_message(self, broker: Any, message: Any) -> None:
            heard.append(("skip", message.actor_name))

    monkeypatch.setattr(board.broker, "middleware", [*board.broker.middleware])
    board.broker.add_middleware(Listener())
    board.run(lab.weigh, [1.0])
    with pytest.raises(Permanent):
        board.run(lab.weigh, [])
    with pytest.raises(SkipMessage):
        board.run(lab.weigh, [1.0], unit="skip")
    board.broker._hooks.clear()
    told = [("before", "weigh"), ("after", type(None)), ("before", "weigh"), ("after", Permanent)]
    assert heard == [*told, ("before", "weigh"), ("skip", "weigh")]


def test_a_body_cannot_run_others(board: Board) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lab.weigh, "fn", lambda ctx, samples, unit: board.run(lab.rated))
        with pytest.raises(BoardInUse):
            board.run(lab.weigh, [1.0])
    board.drain()


def test_before_the_first_attempt_there_is_no_last_one(board: Board) -> None:
    with pytest.raises(BoardError, match="no attempt"):
        _ = board.last
