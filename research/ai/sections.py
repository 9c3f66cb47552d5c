"""Sections that were written on terms: which are wanted, which are there, and what they say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from research.ai.analysis import Reply
from research.ai.ledger import Task
from research.ai.models import CallRow, WrittenRow
from research.column_types import storable
from research.library import upsert
from research.models import now


@dataclass(frozen=True)
class Wanted:
    """A section that is to be written on a term."""

    term_id: str
    term: str
    title: str

    @property
    def words(self) -> str:
        """How it is named to people: `Machine Learning: Best Practices`."""
        return f"{self.term}: {self.title}"


@dataclass(frozen=True)
class Written:
    """A section as it is stored, with what it took."""

    term_id: str
    title: str
    text: str
    provider: str
    model: str
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    price_source: str | None
    seconds: float


def wanted(terms: Sequence[Mapping[str, str]], titles: Sequence[str]) -> list[Wanted]:
    """Every section of every term, term by term."""
    return [Wanted(term["id"], term["name"], title) for term in terms for title in titles]


def keep(session: Session, task: Task, call: str, section: Wanted, reply: Reply) -> None:
    """Store a section; one that the task had written before is replaced."""
    key = {"task": task.id, "term_id": section.term_id, "title": section.title}
    values = {
        "call_id": call,
        "job_id": task.job,
        "term": storable(section.term),
        "model": reply.usage.model,
        "text": storable(reply.text),
        "created_at": now(),
    }
    upsert(session, WrittenRow, key, values)


def done(session: Session, task: str) -> set[tuple[str, str]]:
    """Term and title of every section that a task has."""
    query = select(WrittenRow.term_id, WrittenRow.title).where(WrittenRow.task == task)
    return {(row.term_id, row.title) for row in session.execute(query)}


def of_task(session: Session, task: str) -> list[Written]:
    """The sections that a task has had written, oldest first."""
    return list(_read(session, WrittenRow.task == task))


def of_term(session: Session, term_id: str, model: str | None = None) -> list[Written]:
    """The newest section of each title on a term, by any model or by one."""
    condition = WrittenRow.term_id == term_id
    if model:
        condition &= WrittenRow.model == model
    return list({section.title: section for section in _read(session, condition)}.values())


def _read(session: Session, condition: ColumnElement[bool]) -> Iterator[Written]:
    query = select(WrittenRow, CallRow).join(CallRow, CallRow.id == WrittenRow.call_id).where(condition)
    for row, call in session.execute(query.order_by(WrittenRow.created_at, WrittenRow.call_id)):
        yield Written(
            row.term_id,
            row.title,
            row.text,
            call.provider,
            row.model,
            call.tokens_in,
            call.tokens_out,
            None if call.cost_nano_usd is None else call.cost_nano_usd / 1e9,
            call.price_source,
            call.seconds,
        )
