"""Recurring duties of several schedulers."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from callboard.history.ticks import HOLD_MS, leave_tick, list_ticks, take_tick
from callboard.jobs.clock import from_ms

NOW, EVERY = 1_700_000_000_000, 10_000


def take(engine: Engine, holder: str, after_ms: int) -> bool:
    return take_tick(engine, "clean", holder, NOW + after_ms, EVERY)


def test_a_duty_is_taken_up_by_one_at_a_time_and_once_in_its_period(database: Engine) -> None:
    assert take(database, "a", 0)
    assert not take(database, "b", 0)
    assert not take(database, "b", EVERY), "a is still at it"
    leave_tick(database, "clean", "a", NOW + EVERY, took_ms=EVERY)
    assert take(database, "b", EVERY)
    leave_tick(database, "clean", "b", NOW + EVERY + 1, took_ms=1)
    assert not take(database, "a", EVERY + 2), "the next one is due later"


def test_of_many_at_once_one_takes_it(database: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: take(database, f"holder-{n}", 0), range(8)))
    assert taken.count(True) == 1


def test_a_holder_that_died_is_waited_for_only_so_long(database: Engine) -> None:
    take(database, "a", 0)
    assert not take(database, "b", HOLD_MS - 1)
    assert take(database, "b", HOLD_MS)
    leave_tick(database, "clean", "a", NOW + HOLD_MS, took_ms=1, failure="too late")
    assert not take(database, "a", HOLD_MS + EVERY), "b holds it now"


def test_how_it_went_is_told(database: Engine) -> None:
    take(database, "a", 0)
    leave_tick(database, "clean", "a", NOW + 5, took_ms=5, failure="OSError: full")
    (tick,) = list_ticks(database)
    assert (tick.name, tick.holder, tick.last_at, tick.took_ms, tick.failure) == (
        "clean",
        None,
        from_ms(NOW + 5),
        5,
        "OSError: full",
    )
