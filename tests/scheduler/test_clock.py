"""The time by the server's clock."""

import threading

import pytest

from callboard.broker.errors import ConnectionLost
from scheduler.clock import ASK_AGAIN, ASK_EVERY, ServerClock


class Here:
    """A monotonic clock and a server, both moved by the test."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.server_ms = 5_000
        self.away = False
        self.asked = 0

    def monotonic(self) -> float:
        return self.seconds

    def ask(self) -> int:
        self.asked += 1
        if self.away:
            raise ConnectionLost("no answer")
        return self.server_ms


@pytest.fixture
def here() -> Here:
    return Here()


@pytest.fixture
def clock(here: Here) -> ServerClock:
    return ServerClock(here.ask, here.monotonic)


def test_between_questions_time_is_counted_on(here: Here, clock: ServerClock) -> None:
    assert clock.now_ms() == 5_000
    here.seconds += ASK_EVERY / 2
    assert clock.now_ms() == 5_000 + round(ASK_EVERY * 500)
    assert here.asked == 1


def test_a_step_of_the_servers_clock_is_followed(here: Here, clock: ServerClock) -> None:
    clock.now_ms()
    here.seconds += ASK_EVERY
    here.server_ms -= 3_600_000
    assert clock.now_ms() == 5_000 - 3_600_000


def test_while_the_server_is_away_time_is_counted_on_and_it_is_not_asked_each_time(
    here: Here, clock: ServerClock
) -> None:
    clock.now_ms()
    here.away = True
    for _ in range(20):
        here.seconds += 1.0
        clock.now_ms()
    assert clock.now_ms() == 25_000
    assert here.asked <= 2 + 20 / ASK_AGAIN
    here.away = False
    here.server_ms = 77_000
    here.seconds += ASK_AGAIN
    assert clock.now_ms() == 77_000


def test_a_server_that_was_never_reached_has_no_time(here: Here, clock: ServerClock) -> None:
    here.away = True
    with pytest.raises(ConnectionLost):
        clock.now_ms()
    here.away = False
    assert clock.now_ms() == 5_000


def test_nobody_waits_for_the_one_who_asks_once_the_time_is_known() -> None:
    asked, answer = threading.Event(), threading.Event()
    seconds = iter(range(0, 1000, 5))

    def ask() -> int:
        if asked.is_set():
            assert answer.wait(10)
        asked.set()
        return 5_000

    clock = ServerClock(ask, lambda: float(next(seconds)))
    clock.now_ms()
    slow = threading.Thread(target=clock.now_ms)
    slow.start()
    assert clock.now_ms() > 5_000
    answer.set()
    slow.join()
