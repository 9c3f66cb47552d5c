"""Which stored files somebody may still need: named in a table of the platform, in the history or by a job in Redis."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, String, Table, Text, cast, or_, select
from sqlalchemy.types import JSON

from callboard.broker.keys import JOB
from callboard.history.models import FlowRow, JobRow, table_of
from callboard.history.tables import Table as HistoryTable
from callboard.jobs.clock import to_ms
from callboard.jobs.states import LIVE
from research.tables import Model

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from callboard.broker.link import Links

REFERENCE: Final = re.compile(r"file:[0-9a-f]{32}")
JOBS: Final = table_of(JobRow)
# What these say of a file is a story, such as the message that it was missing: no job reads it from there.
STORIES: Final = ("job_attempts", "job_failures", "job_progress", "failure_groups", "audit_lines")
PARTS: Final = ("args", "kwargs", "result", "checkpoint", "meta")
AT_ONCE: Final = 500


def needed_files(session: Session, links: Links, finished_since: datetime, say: Callable[[str], None]) -> set[str]:
    """References of the files that somebody may still need; `say` is told each step, and may stop it by raising.

    SQL comes first: what leaves Redis meanwhile is in SQL by then, or has only just finished and is in Redis still.
    """
    needed: set[str] = set()
    for table, found in references_in_tables(session, finished_since):
        say(f"read {table}")
        needed |= found
    for found in references_in_redis(links):
        say("read jobs")
        needed |= found
    return needed


def references_in_tables(session: Session, finished_since: datetime) -> Iterator[tuple[str, set[str]]]:
    """Each table with the references that stand anywhere in its texts and JSON.

    No list of columns that somebody would have to keep: a table that is new today is looked through today. Jobs of
    the history count while they or their flows are not finished, or have finished since a time.
    """
    for metadata in (Model.metadata, HistoryTable.metadata):
        for table in metadata.sorted_tables:
            if table.name not in STORIES:
                yield table.name, set(_found(session, table, finished_since))


def references_in_redis(links: Links) -> Iterator[set[str]]:
    """References in the arguments, results and checkpoints of the jobs in Redis, finished ones included, in batches.

    By a scan and not by the queues: one that moves from a page to another meanwhile would be missed there.
    """
    cursor = "0"
    while True:
        cursor, keys = links.call("SCAN", cursor, "MATCH", JOB(links.prefix, "*"), "COUNT", AT_ONCE, "TYPE", "hash")
        records = links.run(*[("HMGET", key, *PARTS) for key in keys]) if keys else []
        yield {found for record in records for found in _in_texts(record)}
        if str(cursor) == "0":
            return


def _found(session: Session, table: Table, finished_since: datetime) -> Iterator[str]:
    texts = [cast(column, Text) for column in table.c if isinstance(column.type, String | JSON)]
    if not texts:
        return
    query = select(*texts).where(or_(*(text.like("%file:%") for text in texts)))
    if table is JOBS:
        query = query.where(_needed(finished_since))
    for row in session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield from _in_texts(row)


def _needed(finished_since: datetime) -> ColumnElement[bool]:
    # Of a flow that still runs each step is needed, to build it again when Redis has lost it.
    running = select(FlowRow.id).where(FlowRow.state == "active")
    return or_(JOBS.c.state.in_(LIVE), JOBS.c.finished_ms >= to_ms(finished_since), JOBS.c.flow.in_(running))


def _in_texts(texts: Iterable[str | None]) -> Iterator[str]:
    for text in texts:
        if text:
            yield from REFERENCE.findall(text)
