"""The alarm clock that wakes the duties."""

import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from scheduler import alarms
from scheduler.alarms import AlarmClock, Every
from scheduler.services import Services
from scheduler.ticks import Tick
from tests.waiting import wait_until


class Counted:
    """Counts, and wishes to be woken as it is told."""

    def __init__(self, wish: float | None = None) -> None:
        self.wish = wish
        self.times: list[float] = []

    def __call__(self, services: Services) -> float | None:
        self.times.append(time.monotonic())
        return self.wish


def test_a_period_is_counted_from_now() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert Every(5.0).get_next_fire_time(None, now) == now
    assert Every(5.0).get_next_fire_time(now - timedelta(days=1), now) == now + timedelta(seconds=5)


def test_each_duty_is_done_at_once_and_then_once_a_period(services: Services) -> None:
    quick, slow = Counted(), Counted()
    clock = AlarmClock(services, [Tick("quick", 0.05, quick), Tick("slow", 60.0, slow)])
    clock.start()
    wait_until(lambda: len(quick.times) >= 4)
    assert clock.stop(5.0)
    assert len(slow.times) == 1
    done = len(quick.times)
    assert all(after - before >= 0.04 for before, after in pairwise(quick.times))
    assert len(quick.times) == done


def test_a_duty_that_wishes_to_is_woken_sooner(services: Services) -> None:
    duty = Counted(wish=0.1)
    clock = AlarmClock(services, [Tick("fire", 60.0, duty)])
    clock.start()
    wait_until(lambda: len(duty.times) >= 3)
    clock.stop(5.0)


def test_a_failing_duty_stops_no_other(services: Services) -> None:
    counted = Counted()

    def broken(services: Services) -> None:
        raise OSError("the disk is on fire")

    clock = AlarmClock(services, [Tick("broken", 0.01, broken), Tick("counted", 0.05, counted)])
    clock.start()
    wait_until(lambda: len(counted.times) >= 3)
    assert clock.stop(5.0)


def test_a_duty_that_takes_long_is_not_begun_twice(services: Services) -> None:
    at_work = threading.Semaphore(1)
    overlaps: list[bool] = []
    go_on = threading.Event()
    other = Counted()

    def slow(services: Services) -> None:
        overlaps.append(not at_work.acquire(blocking=False))
        go_on.wait(10)
        at_work.release()

    clock = AlarmClock(services, [Tick("slow", 0.01, slow), Tick("other", 0.01, other)])
    clock.start()
    wait_until(lambda: len(other.times) >= 10)
    assert overlaps == [False]
    assert not clock.stop(0.0), "it is still at work"
    go_on.set()


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
def test_a_step_of_this_machines_clock_has_everything_looked_at(
    services: Services, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    duty = Counted()
    clock = AlarmClock(services, [Tick("fire", 60.0, duty)])
    clock.start()
    wait_until(lambda: len(duty.times) == 1)
    clock.watch()
    drift = alarms._drift()
    monkeypatch.setattr(alarms, "_drift", lambda: drift + step)
    clock.watch()
    wait_until(lambda: len(duty.times) == 2)
    clock.watch()
    clock.stop(5.0)
    assert len(duty.times) == 2
