"""Waiting for one answer without being held up by it."""

import threading

import pytest

from callboard.jobs.errors import JobCancelled, Transient
from research.ai.analysis import Heard
from research.ai.listening import Abandoned, watched
from tests.waiting import wait_until


def test_an_answer_is_looked_at_while_it_arrives() -> None:
    seen: list[int] = []

    def ask(heard: Heard) -> str:
        heard("hello")
        wait_until(lambda: 5 in seen)
        return "hello"

    assert watched(ask, seen.append) == "hello"


def test_what_a_call_raises_is_raised_to_whoever_waits() -> None:
    def ask(_heard: Heard) -> str:
        raise Transient("busy")

    with pytest.raises(Transient, match="busy"):
        watched(ask, lambda _: None)


def test_a_stop_is_raised_at_once_and_ends_the_stream_with_its_next_piece() -> None:
    ended: list[BaseException] = []
    stopped = threading.Event()

    def ask(heard: Heard) -> str:
        try:
            while True:
                heard("x")
                stopped.wait(0.01)
        except Abandoned as error:
            ended.append(error)
            raise

    def look(_: int) -> None:
        raise JobCancelled("job 1 was cancelled")

    with pytest.raises(JobCancelled):
        watched(ask, look)
    assert len(ended) == 1
