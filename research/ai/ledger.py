"""The money of calls: held before a call so that no budget is passed, settled to the real cost after it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TypeVar

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from callboard.history.database import Engine, writing
from callboard.history.meters import OTHER, add, amounts, count
from callboard.history.models import JobRow
from callboard.jobs.errors import JobSteering
from callboard.jobs.identity import new_id
from research.ai.analysis import Provider, Usage
from research.ai.errors import Unanswered
from research.ai.models import BudgetRow, CallRow
from research.column_types import storable
from research.library import upsert
from research.models import now

NANO = 1_000_000_000
ERROR_CHARACTERS = 1_000
CHARGED = func.coalesce(CallRow.cost_nano_usd, CallRow.held_nano_usd)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Task:
    """What calls belong to: an id that outlives attempts, the job that asks, and what it may spend if limited."""

    id: str
    job: str
    limit_usd: float | None = None


@dataclass(frozen=True)
class Spent:
    """US dollars that are spent, those held for calls of unknown cost included, and calls that nobody can price."""

    usd: float
    unpriced: int


def nano(usd: float | Decimal) -> int:
    """Billionths of a US dollar, rounded up."""
    return int((Decimal(str(usd)) * NANO).to_integral_value(ROUND_CEILING))


def begin(engine: Engine, task: Task) -> None:
    """Open the task's budget or change its limit, and write off what an attempt that died has left open.

    Calls that are written off stay counted with what was held for them: the provider may have answered.
    """
    with writing(engine) as session:
        limit = None if task.limit_usd is None else nano(task.limit_usd)
        upsert(session, BudgetRow, {"task": task.id}, {"limit_nano_usd": limit, "updated_at": now()})
        session.execute(update(CallRow).where(CallRow.job_id == task.job, CallRow.state == "open").values(state="lost"))


def hold(engine: Engine, task: Task, item: str, provider: Provider, most: Decimal | None) -> str | None:
    """Hold what a call may cost at the most and return its id; None, and no call, where that could pass the limit."""
    amount, call = nano(most or 0), new_id()
    with writing(engine) as session:
        if not taken(session, task, amount):
            return None
        session.add(
            CallRow(
                id=call,
                task=task.id,
                job_id=task.job,
                item=storable(item),
                provider=provider.name,
                model=provider.model,
                state="open",
                held_nano_usd=amount,
            )
        )
    return call


def taken(session: Session, task: Task, amount: int) -> bool:
    """Whether the amount fitted under the limit and is committed now: one statement, so that no two fit together."""
    raised = update(BudgetRow).where(BudgetRow.task == task.id)
    if task.limit_usd is not None:
        raised = raised.where(BudgetRow.committed_nano_usd + amount <= nano(task.limit_usd))
    values = {"committed_nano_usd": BudgetRow.committed_nano_usd + amount, "updated_at": now()}
    return bool(session.execute(raised.values(values)).rowcount)  # type: ignore[attr-defined]


def settle(session: Session, call: str, state: str, usage: Usage | None = None, error: str | None = None) -> None:
    """Write how a call ended: `answered`, `unusable`, `refused` (costs nothing), or `lost` (what was held is gone)."""
    row = session.get_one(CallRow, call)
    was = (row.tokens_in, row.tokens_out, row.cost_nano_usd or 0)
    # Budget before call, as everywhere: two that lock them in different orders would wait for each other.
    session.execute(select(BudgetRow.task).where(BudgetRow.task == row.task).with_for_update())
    before = row.held_nano_usd if row.cost_nano_usd is None else row.cost_nano_usd
    row.state, row.error = state, storable(error)[:ERROR_CHARACTERS] if error else None
    if usage:
        row.tokens_in, row.tokens_out, row.seconds = usage.tokens_in, usage.tokens_out, usage.seconds
        row.price_source = usage.price_source
        row.cost_nano_usd = None if usage.cost_usd is None else nano(usage.cost_usd)
    elif state != "lost":
        row.cost_nano_usd = 0
    after = row.held_nano_usd if row.cost_nano_usd is None else row.cost_nano_usd
    if after != before:
        committed = BudgetRow.committed_nano_usd + (after - before)
        session.execute(update(BudgetRow).where(BudgetRow.task == row.task).values(committed_nano_usd=committed))
    if usage:
        _count(session, row, was)


def _count(session: Session, row: CallRow, was: tuple[int, int, int]) -> None:
    """Add to the metrics what a call has taken beyond what was known of it before."""
    type = session.scalar(select(JobRow.type).where(JobRow.id == row.job_id)) or OTHER
    more, cost = amounts(), (row.cost_nano_usd or 0) - was[2]
    for direction, tokens in (("in", row.tokens_in - was[0]), ("out", row.tokens_out - was[1])):
        count(more, "provider_tokens", type, row.provider, direction, by=max(0, tokens))
    count(more, "cost_usd", type, row.provider, by=max(0, cost) / NANO)
    add(session.connection(), more)


def buy(
    engine: Engine,
    call: str,
    ask: Callable[[], Answer],
    usage_of: Callable[[Answer], Usage],
    keep: Callable[[Session, Answer], None],
) -> Answer:
    """Make a call that was held, and keep its answer in the transaction that settles it. Raises what `ask` raises."""
    with failures(engine, call):
        answer = ask()
    with writing(engine) as session:
        settle(session, call, "answered", usage_of(answer))
        keep(session, answer)
    return answer


@contextmanager
def failures(engine: Engine, call: str) -> Iterator[None]:
    """Settle a call whose answer never came, or is of no use."""
    try:
        yield
    except BaseException as error:
        usage = getattr(error, "usage", None)
        known = isinstance(error, JobSteering) and not isinstance(error, Unanswered)
        state = "unusable" if usage else "refused" if known else "lost"
        with writing(engine) as session:
            settle(session, call, state, usage, str(error) or type(error).__name__)
        raise


def spent_on(session: Session, *, task: str | None = None, job: str | None = None) -> Spent:
    """What a task has spent over all its jobs, or one job over all its attempts."""
    unknown = CallRow.cost_nano_usd.is_(None) & (CallRow.held_nano_usd == 0) & (CallRow.state != "open")
    query = select(func.coalesce(func.sum(CHARGED), 0), func.coalesce(func.sum(case((unknown, 1), else_=0)), 0))
    query = query.where(CallRow.task == task) if task else query.where(CallRow.job_id == job)
    total, unpriced = session.execute(query).one()
    return Spent(int(total) / NANO, int(unpriced))
