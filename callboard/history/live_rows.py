"""What the reconciler reads in SQL: pages of live jobs and flows, and rows together with how far they are recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, func, select

from callboard.history import position
from callboard.history.models import FlowRow, JobRow, table_of
from callboard.history.position import Position
from callboard.history.rows import Row
from callboard.jobs.states import ACTIVE, BLOCKED, DELAYED, LIVE, WAITING

JOBS: Final = table_of(JobRow)
FLOWS: Final = table_of(FlowRow)
# The order in which a job goes through them, so that one that moves while pages are read is not missed.
ORDER: Final = (BLOCKED, DELAYED, WAITING, ACTIVE)
BRIEF: Final = tuple(JOBS.c[name] for name in ("id", "state", "version", "fence", "flow", "step", "reason"))
SHARE: Final = 500


@dataclass(frozen=True, slots=True)
class Brief:
    """What is compared of the row of a job."""

    id: str
    state: str
    version: int
    fence: int
    flow: str | None
    step: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some live jobs in one state, and after which number the next ones come; None where these are the last."""

    rows: list[Brief]
    next: int | None


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees SQL as it is at one moment, rows and position alike."""
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with engine.connect().execution_options(**options) as connection:
        yield connection


def live_page(engine: Engine, state: str, after: int, limit: int) -> Page:
    """The live jobs of a state that were recorded first after a number."""
    wanted = select(JOBS.c.number, *BRIEF).where(JOBS.c.state == state, JOBS.c.number > after)
    with snapshot(engine) as connection:
        rows = connection.execute(wanted.order_by(JOBS.c.number).limit(limit)).all()
    return Page([Brief(*row[1:]) for row in rows], rows[-1].number if len(rows) == limit else None)


def briefs(connection: Connection, ids: Sequence[str]) -> dict[str, Brief]:
    """What is compared of some jobs; those without a row are left out."""
    found: dict[str, Brief] = {}
    for start in range(0, len(ids), SHARE):
        rows = connection.execute(select(*BRIEF).where(JOBS.c.id.in_(ids[start : start + SHARE])))
        found |= {row.id: Brief(*row) for row in rows}
    return found


def whole_rows(engine: Engine, ids: Sequence[str]) -> dict[str, Row]:
    """The rows of some jobs with all that is in them; ask for a few hundred at most."""
    with snapshot(engine) as connection:
        rows = connection.execute(select(JOBS).where(JOBS.c.id.in_(ids))).mappings()
        found = {str(row["id"]): Row(row) for row in rows}
    return {id: found[id] for id in ids if id in found}


def recorded_up_to(connection: Connection, prefix: str) -> Position | None:
    """How far the rows of this snapshot are recorded."""
    return position.find(connection, prefix)


@dataclass(frozen=True, slots=True)
class Flow:
    """The row of a flow, its graph read."""

    row: Row
    graph: list[dict[str, Any]]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.row["id"])


def open_flows(engine: Engine, after: str, limit: int) -> list[Flow]:
    """The flows that are not over, by id."""
    wanted = select(FLOWS).where(FLOWS.c.state == "active", FLOWS.c.id > after).order_by(FLOWS.c.id).limit(limit)
    with snapshot(engine) as connection:
        return [_flow(row) for row in connection.execute(wanted).mappings()]


def find_flow(connection: Connection, id: str) -> Flow | None:
    """One flow, None where it has no row."""
    row = connection.execute(select(FLOWS).where(FLOWS.c.id == id)).mappings().one_or_none()
    return None if row is None else _flow(row)


def _flow(row: RowMapping) -> Flow:
    graph = json.loads(row["graph"] or "[]")
    return Flow(Row(row), graph if isinstance(graph, list) else [])


def flow_steps(connection: Connection, flow: str) -> dict[str, Brief]:
    """What is compared of the jobs of a flow."""
    return {row.id: Brief(*row) for row in connection.execute(select(*BRIEF).where(JOBS.c.flow == flow))}


def moving_flows(engine: Engine, ids: Sequence[str]) -> set[str]:
    """Those of some flows in which a step waits for a worker or has one."""
    moving = [state for state in LIVE if state != BLOCKED]
    wanted = select(JOBS.c.flow).where(JOBS.c.flow.in_(ids), JOBS.c.state.in_(moving)).group_by(JOBS.c.flow)
    with snapshot(engine) as connection:
        return {str(flow) for flow in connection.execute(wanted).scalars()}


def count_live(engine: Engine) -> int:
    """How many jobs are live here."""
    with snapshot(engine) as connection:
        return int(connection.execute(select(func.count()).where(JOBS.c.state.in_(LIVE))).scalar_one())
