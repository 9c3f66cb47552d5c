"""Money is held before a call and settled after it, whatever happens in between; on SQLite and on PostgreSQL."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from callboard.history.database import reading, writing
from callboard.history.meters import readings
from callboard.jobs.errors import JobCancelled, Permanent, RateLimited, Transient
from research.ai import ledger
from research.ai.analysis import Reply, Usage
from research.ai.errors import Unanswered, Unusable
from research.ai.ledger import Spent, Task
from research.ai.local.provider import LocalProvider
from research.ai.models import BudgetRow, CallRow

PROVIDER = LocalProvider()
TASK = Task("batch", "job-1", 1.0)


def usage(usd: float | None) -> Usage:
    return Usage("m", 1_000, 100, usd, 0.5, "list of 2026-11-01")


def committed(engine: Engine) -> int:
    with reading(engine) as session:
        return session.get_one(BudgetRow, TASK.id).committed_nano_usd


def call(engine: Engine) -> CallRow:
    with reading(engine) as session:
        return session.scalars(select(CallRow)).one()


def hold(engine: Engine, usd: str = "0.4") -> str:
    made = ledger.hold(engine, TASK, "x", PROVIDER, Decimal(usd))
    assert made is not None
    return made


# S5.10
def test_a_call_that_could_pass_the_limit_is_not_made(database: Engine) -> None:
    ledger.begin(database, TASK)
    hold(database)
    hold(database)
    assert ledger.hold(database, TASK, "x", PROVIDER, Decimal("0.2000000001")) is None
    hold(database, "0.2")
    assert ledger.hold(database, TASK, "x", PROVIDER, Decimal("0.000000001")) is None
    assert committed(database) == ledger.NANO


def test_a_limit_that_is_raised_lets_the_task_go_on_with_what_it_has_spent(database: Engine) -> None:
    ledger.begin(database, TASK)
    hold(database, "1")
    more = Task("batch", "job-2", 1.5)
    ledger.begin(database, more)
    assert ledger.hold(database, more, "x", PROVIDER, Decimal("0.6")) is None
    assert ledger.hold(database, more, "x", PROVIDER, Decimal("0.5")) is not None


def test_what_was_spent_without_a_limit_counts_when_one_is_set(database: Engine) -> None:
    ledger.begin(database, Task("batch", "job-0"))
    assert ledger.hold(database, Task("batch", "job-0"), "x", PROVIDER, Decimal(7)) is not None
    ledger.begin(database, TASK)
    assert ledger.hold(database, TASK, "x", PROVIDER, Decimal("0.01")) is None


def test_what_a_call_cost_less_than_was_held_may_be_spent_again(database: Engine) -> None:
    ledger.begin(database, TASK)
    made = hold(database)
    kept: list[str] = []
    reply = ledger.buy(
        database, made, lambda: Reply("text", usage(0.1)), lambda r: r.usage, lambda _, r: kept.append(r.text)
    )
    assert (reply.text, kept) == ("text", ["text"])
    assert committed(database) == 100_000_000
    row = call(database)
    assert (row.state, row.tokens_in, row.tokens_out, row.price_source) == (
        "answered",
        1_000,
        100,
        usage(0).price_source,
    )


def test_what_calls_take_is_added_to_the_metrics_once(database: Engine) -> None:
    ledger.begin(database, TASK)
    made = hold(database)
    ledger.buy(database, made, lambda: Reply("text", usage(0.1)), lambda r: r.usage, lambda *_: None)
    with writing(database) as session:
        ledger.settle(session, made, "answered", usage(0.1))  # as after a lost reply
    found = readings(database)
    assert found["provider_tokens"] == {("other", "local", "in"): 1_000, ("other", "local", "out"): 100}
    assert found["cost_usd"] == {("other", "local"): pytest.approx(0.1)}


@pytest.mark.parametrize(
    ("error", "state", "usd"),
    [
        (RateLimited(7, "provider:x"), "refused", 0.0),
        (Permanent("401"), "refused", 0.0),
        (Transient("503"), "refused", 0.0),
        (Unanswered("broke off"), "lost", 0.4),
        (JobCancelled("cancelled"), "lost", 0.4),
        (OSError("disk"), "lost", 0.4),
        (Unusable("filtered", usage(0.1)), "unusable", 0.1),
        (Unusable("filtered", usage(None)), "unusable", 0.4),
        (Unusable("filtered before it was read"), "refused", 0.0),
    ],
)
def test_a_call_that_fails_costs_what_is_known_and_else_what_was_held(
    database: Engine, error: BaseException, state: str, usd: float
) -> None:
    ledger.begin(database, TASK)
    made = hold(database)

    def ask() -> Reply:
        raise error

    with pytest.raises(type(error)):
        ledger.buy(database, made, ask, lambda r: r.usage, lambda *_: None)
    assert (call(database).state, committed(database)) == (state, ledger.nano(usd))
    with reading(database) as session:
        assert ledger.spent_on(session, task=TASK.id) == Spent(usd, 0)


def test_an_answer_that_cannot_be_stored_leaves_the_money_held(database: Engine) -> None:
    ledger.begin(database, TASK)
    made = hold(database)

    def keep(*_: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        ledger.buy(database, made, lambda: Reply("x", usage(0.1)), lambda r: r.usage, keep)
    assert (call(database).state, committed(database)) == ("open", ledger.nano(0.4))


def test_a_call_that_a_crash_cut_off_counts_as_spent_until_its_cost_is_known(database: Engine) -> None:
    ledger.begin(database, TASK)
    made = hold(database)
    ledger.begin(database, TASK)  # the next attempt
    assert (call(database).state, committed(database)) == ("lost", ledger.nano(0.4))
    with writing(database) as session:
        ledger.settle(session, made, "answered", usage(0.1))
    assert committed(database) == ledger.nano(0.1)


def test_calls_of_unknown_price_are_counted_apart(database: Engine) -> None:
    free = Task("job-3", "job-3")
    ledger.begin(database, free)
    for price in (None, 0.25):
        made = ledger.hold(database, free, "x", PROVIDER, None)
        assert made is not None
        with writing(database) as session:
            ledger.settle(session, made, "answered", usage(price))
    with reading(database) as session:
        assert ledger.spent_on(session, job="job-3") == Spent(0.25, 1)
        assert ledger.spent_on(session, job="nobody") == Spent(0.0, 0)


# S5.10
def test_eight_threads_that_hold_and_settle_at_once_never_pass_the_limit(database: Engine) -> None:
    ledger.begin(database, TASK)
    rng, most, made = random.Random(4), [0], threading.Lock()

    def spend(number: int) -> None:
        name = ledger.hold(database, TASK, str(number), PROVIDER, Decimal("0.07"))
        with made:
            most[0] = max(most[0], committed(database))
            price = rng.uniform(0, 0.07)
        if name:
            with writing(database) as session:
                ledger.settle(session, name, "answered", usage(price))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(spend, range(64)))
    with reading(database) as session:
        spent = ledger.spent_on(session, task=TASK.id)
    assert 0.9 < spent.usd <= 1.0
    assert most[0] <= ledger.NANO
    assert committed(database) == round(spent.usd * ledger.NANO)
