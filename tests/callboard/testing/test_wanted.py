"""What is enqueued, asked for, and what is said when it is not there."""

from datetime import timedelta
from typing import Any
from unittest.mock import ANY

import pytest

from callboard.jobs.flow import chain, plan
from callboard.testing.board import Board
from tests.callboard.testing import lab


def said(board: Board, *args: Any, **conditions: Any) -> list[str]:
    """The lines of a failed assertion."""
    with pytest.raises(AssertionError) as failed:
        board.assert_enqueued(*args, **conditions)
    return str(failed.value).splitlines()


MATCHING: list[dict[str, Any]] = [
    {},
    {"kwargs": {"samples": [1.0, 2.0]}},
    {"kwargs": {"samples": (1, 2), "unit": ANY}},
    {"queue": "lab"},
    {"delay": 60},
    {"delay": timedelta(minutes=1)},
    {"delay": 50, "within": 10},
    {"priority": "low"},
    {"priority": 4},
    {"tags": ["night"]},
    {"tags": ("night", "lab")},
    {"unique_key": "w:1"},
]
DIFFERING: list[tuple[dict[str, Any], str]] = [
    ({"kwargs": {"samples": [2.0]}}, "its samples is [1.0, 2.0], not [2.0]"),
    ({"kwargs": {"sample": 1}}, "its sample is missing, not 1"),
    ({"queue": "mail"}, "its queue is lab"),
    ({"delay": 0}, "its delay is 60 s"),
    ({"delay": 50}, "its delay is 60 s"),
    ({"priority": "high"}, "its priority is low"),
    ({"tags": ["day", "night"]}, "its tags ['night', 'lab'] lack ['day']"),
    ({"unique_key": "w:2"}, "its unique key is 'w:1'"),
]


@pytest.fixture
def weighing(board: Board) -> Board:
    options = {"delay": 60_000, "priority": "low", "tags": ["night", "lab"], "unique_key": "w:1"}
    lab.weigh.send_with_options(args=([1, 2],), **options)
    return board


@pytest.mark.parametrize("conditions", MATCHING)
@pytest.mark.parametrize("actor", [lab.weigh, "weigh", None])
def test_a_job_that_is_as_wanted_is_found(weighing: Board, actor: Any, conditions: dict[str, Any]) -> None:
    (job,) = weighing.assert_enqueued(actor, **conditions)
    assert [job] == weighing.all_enqueued(actor, **conditions)
    assert job.type == "weigh"
    with pytest.raises(AssertionError, match="this is one"):
        weighing.refute_enqueued(actor, **conditions)


@pytest.mark.parametrize(("conditions", "difference"), DIFFERING)
def test_a_job_that_differs_is_not_and_the_difference_is_told(
    weighing: Board, conditions: dict[str, Any], difference: str
) -> None:
    weighing.refute_enqueued(lab.weigh, **conditions)
    assert weighing.all_enqueued(lab.weigh, **conditions) == []
    (_, line) = said(weighing, lab.weigh, **conditions)
    assert line.partition(": ")[0].startswith("  weigh(samples=[1.0, 2.0], unit='mg') in lab, delayed until ")
    assert line.endswith(difference)


def test_the_time_at_which_a_job_is_due_can_be_asked_for(weighing: Board) -> None:
    due = weighing.now + timedelta(minutes=1)
    weighing.assert_enqueued(run_at=due)
    weighing.assert_enqueued(run_at=due + timedelta(seconds=5), within=5)
    (_, line) = said(weighing, run_at=due + timedelta(seconds=5))
    assert line.endswith(f"it is due at {due.isoformat()}")
    with pytest.raises(ValueError, match="time zone"):
        weighing.assert_enqueued(run_at=due.replace(tzinfo=None))


def test_what_is_most_alike_is_told_first(board: Board) -> None:
    lab.tell.send("anna", text="hello")
    lab.tell.send_with_options(args=("berta",), kwargs={"text": "hello"}, priority="low")
    lab.weigh.send([1.0])
    lines = said(board, lab.tell, kwargs={"name": "berta", "text": "goodbye"})
    assert lines[0] == ("expected a job tell, kwargs={'name': 'berta', 'text': 'goodbye'}; enqueued are 3 jobs:")
    assert lines[1] == "  tell(name='berta', text='hello') in mail, waiting: its text is 'hello', not 'goodbye'"
    assert lines[2].startswith("  tell(name='anna', text='hello') in mail, waiting: its name is 'anna', not 'berta'; ")
    assert lines[3].startswith("  weigh(samples=[1.0], unit='mg') in lab, waiting: its type is weigh; ")


def test_an_empty_board_says_so(board: Board) -> None:
    assert said(board, lab.tell) == ["expected a job tell; nothing is enqueued"]
    board.refute_enqueued()
    assert board.all_enqueued() == []


def test_a_long_list_is_cut(board: Board) -> None:
    lab.broker.enqueue_many(lab.tell.message(str(n)) for n in range(25))
    lines = said(board, lab.weigh)
    assert len(lines) == 12
    assert lines[-1] == "  and 15 more"


def test_jobs_are_counted_where_a_number_is_given(board: Board) -> None:
    lab.broker.enqueue_many(lab.tell.message(name) for name in "aab")
    assert len(board.assert_enqueued(lab.tell, kwargs={"name": "a"}, count=2)) == 2
    board.assert_enqueued(lab.weigh, count=0)
    assert said(board, lab.tell, kwargs={"name": "a"}, count=3)[0].startswith("expected 3 jobs, got 2: tell")


def test_jobs_that_run_or_are_over_are_not_enqueued(board: Board) -> None:
    for state in ("active", "completed", "failed", "cancelled"):
        board.job_in(state, lab.weigh, [1.0])
    board.refute_enqueued()


def test_steps_of_a_flow_are_enqueued_while_they_wait_for_others(board: Board) -> None:
    board.client.start_flow(plan(chain(lab.weigh.call([1.0]), lab.tell.call("end").named(takes_results=False))))
    board.assert_enqueued(lab.weigh)
    (job,) = board.assert_enqueued(lab.tell, kwargs={"name": "end"})
    assert job.state == "blocked"


def test_arguments_without_a_name_have_their_place_for_one(board: Board) -> None:
    lab.stock.send("ab", 2)
    board.assert_enqueued(lab.stock, kwargs={"name": "ab", "times": 2})
    message = lab.tell.message("anna").copy(actor_name="elsewhere", queue_name="mail")
    board.broker.enqueue(message)
    board.assert_enqueued("elsewhere", kwargs={"0": "anna"})


def test_a_condition_that_there_is_not_is_named(board: Board) -> None:
    with pytest.raises(TypeError, match="arguments"):
        board.all_enqueued(lab.tell, arguments={})  # type: ignore[call-arg]
