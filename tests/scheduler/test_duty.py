"""A duty whose failure stays its own."""

import logging
import threading

import pytest

from callboard.broker.errors import ConnectionLost
from callboard.history.ticks import list_ticks
from scheduler.duty import COMPLAIN_EVERY, Duty
from scheduler.services import Services
from scheduler.ticks import Tick


class Flaky:
    """Fails as it is told to."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.done = 0

    def __call__(self, services: Services) -> float | None:
        self.done += 1
        if self.error:
            raise self.error
        return 0.25


@pytest.fixture
def flaky() -> Flaky:
    return Flaky()


class Seconds:
    """A monotonic clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_a_duty_wishes_is_handed_on(services: Services, flaky: Flaky) -> None:
    assert Duty(Tick("clean", 1.0, flaky), services).do() == 0.25


def test_a_failure_is_logged_once_in_ten_seconds_and_its_end_too(
    services: Services, flaky: Flaky, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "callboard.scheduler")
    seconds = Seconds()
    duty = Duty(Tick("clean", 1.0, flaky), services, seconds)
    flaky.error = ConnectionLost("no answer from the Redis server")
    for _ in range(25):
        assert duty.do() is None
        seconds.now += 1.0
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        f"clean failed ({n} x): ConnectionLost: no answer from the Redis server"
        for n in (1, 1 + round(COMPLAIN_EVERY), 1 + 2 * round(COMPLAIN_EVERY))
    ]
    assert all(record.exc_info is None for record in caplog.records)
    flaky.error = None
    duty.do()
    assert caplog.records[-1].getMessage() == "clean works again after 25.0 s and 25 failures"


def test_a_bug_is_logged_with_its_traceback(services: Services, flaky: Flaky, caplog: pytest.LogCaptureFixture) -> None:
    flaky.error = KeyError("what")
    Duty(Tick("clean", 1.0, flaky), services).do()
    (record,) = caplog.records
    assert record.exc_info is not None


def test_of_several_schedulers_one_does_what_is_to_be_done_alone(services: Services, flaky: Flaky) -> None:
    duties = [Duty(Tick("clean", 60.0, flaky, alone=True), services) for _ in range(3)]
    for duty in duties:
        duty.do()
    assert flaky.done == 1
    (tick,) = list_ticks(services.engine)
    assert (tick.holder, tick.failure) == (None, None)


def test_a_failure_of_a_duty_done_alone_is_noted_and_others_may_try(services: Services, flaky: Flaky) -> None:
    flaky.error = OSError("the disk is full")
    Duty(Tick("clean", 0.0, flaky, alone=True), services).do()
    assert list_ticks(services.engine)[0].failure == "OSError: the disk is full"
    flaky.error = None
    Duty(Tick("clean", 0.0, flaky, alone=True), services).do()
    assert flaky.done == 2
    assert list_ticks(services.engine)[0].failure is None


def test_it_is_known_whether_a_duty_is_at_work(services: Services) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(services: Services) -> None:
        begun.set()
        assert go_on.wait(10)

    duty = Duty(Tick("slow", 1.0, slow), services)
    thread = threading.Thread(target=duty.do)
    thread.start()
    assert begun.wait(10)
    assert not duty.ended(0.0)
    go_on.set()
    assert duty.ended(10.0)
    thread.join()
