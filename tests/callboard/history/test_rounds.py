from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy.exc import OperationalError

from callboard.broker.errors import ConnectionLost
from callboard.history.report import Report
from callboard.history.rounds import Rounds
from tests.waiting import wait_until


class Scripted:
    """A reconciler whose rounds end as they are told to."""

    def __init__(self, *ends: Exception | None) -> None:
        self.ends: Iterator[Exception | None] = iter(ends)
        self.done = 0

    def round(self) -> Report:
        self.done += 1
        error = next(self.ends, None)
        if error:
            raise error
        return Report()


def has_done(reconciler: Scripted, rounds: int) -> bool:
    return reconciler.done >= rounds


def test_a_round_begins_at_once_when_it_is_asked_for() -> None:
    reconciler = Scripted()
    with Rounds(reconciler, every=60.0) as rounds:  # type: ignore[arg-type]
        for n in (1, 2, 3):
            rounds.wake()
            wait_until(partial(has_done, reconciler, n))


def test_rounds_are_made_unasked() -> None:
    reconciler = Scripted()
    with Rounds(reconciler, every=0.01):  # type: ignore[arg-type]
        wait_until(partial(has_done, reconciler, 3))


def test_no_fault_of_a_round_ends_them(caplog: pytest.LogCaptureFixture) -> None:
    faults = (ConnectionLost("away"), OperationalError("BEGIN", {}, Exception("locked")), ZeroDivisionError())
    reconciler = Scripted(*faults)
    with Rounds(reconciler, every=0.01):  # type: ignore[arg-type]
        wait_until(partial(has_done, reconciler, 5))
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "ERROR"]
