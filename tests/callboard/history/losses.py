"""A board with a recorder and a reconciler, and the ways in which one of the two stores may go back in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import redis
from sqlalchemy import Engine, delete, insert, select

from callboard.broker import keys
from callboard.history.models import FlowRow, JobRow, PositionRow, table_of
from callboard.history.reconciler import Reconciler
from callboard.history.recorder import Recorder
from callboard.history.report import Report
from callboard.jobs.clock import wall_ms
from tests.histories import lose
from tests.jobs import Board, Worker

TABLES = (table_of(JobRow), table_of(FlowRow), table_of(PositionRow))


@dataclass
class Site:
    """Redis, SQL, and those who keep them together."""

    board: Board
    database: Engine
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.board.advance(wall_ms() - self.board.now + 60_000)  # the ids of events go by the true clock
        self.start()

    def start(self) -> None:
        """A recorder and a reconciler that know nothing yet."""
        self.recorder = Recorder(self.database, self.board.links, lambda: self.told.append("lost"))
        self.reconciler = Reconciler(self.database, self.board.links, period=0)

    @property
    def worker(self) -> Worker:
        """The worker of the board."""
        return self.board.worker

    def record(self) -> None:
        """Record all that has happened; the first step may find that the data are others."""
        while self.recorder.step(block_ms=1) or self.recorder.step(block_ms=1):
            pass

    def reconcile(self, **options: Any) -> Report:
        """Record, compare, record what came of it."""
        self.record()
        report = self.reconciler.round(**options)
        self.record()
        return report

    def row(self, id: str) -> dict[str, Any]:
        """The row of a job."""
        with self.database.connect().execution_options(reading=True) as connection:
            return dict(connection.execute(select(table_of(JobRow)).filter_by(id=id)).mappings().one())

    def states(self, *ids: str) -> list[str]:
        """The states of jobs in SQL."""
        return [self.row(id)["state"] for id in ids]

    def flow_state(self, id: str) -> str:
        """The state of a flow in SQL."""
        with self.database.connect().execution_options(reading=True) as connection:
            return str(connection.execute(select(FlowRow.state).filter_by(id=id)).scalar_one())

    def restart(self) -> None:
        """A recorder that begins to look, as after its connection was lost."""
        self.recorder.tape.close()
        self.start()

    # -- losses

    def flush(self) -> None:
        """Redis is emptied."""
        lose(self.board)

    def dump(self) -> dict[str, tuple[bytes, int]]:
        """All that is in Redis."""
        with redis.Redis.from_url(self.board.links.url) as raw:
            names = raw.keys(f"{self.board.prefix}:*")
            return {name.decode(): (raw.dump(name) or b"", max(raw.pttl(name), 0)) for name in names}

    def put_redis_back(self, dump: dict[str, tuple[bytes, int]]) -> None:
        """Redis holds what it held at another time, as after the restart over an old file; the clock goes on."""
        self.flush()
        with redis.Redis.from_url(self.board.links.url) as raw:
            for name, (content, left) in dump.items():
                raw.restore(name, left, content, replace=True)
        self.board.advance(0)
        self.restart()

    def backup(self) -> list[Sequence[Any]]:
        """All that is in SQL."""
        with self.database.connect().execution_options(reading=True) as connection:
            return [connection.execute(select(table)).mappings().all() for table in TABLES]

    def put_sql_back(self, backup: list[Sequence[Any]]) -> None:
        """SQL holds what it held at another time."""
        with self.database.begin() as connection:
            for table, rows in zip(TABLES, backup, strict=True):
                connection.execute(delete(table))
                if rows:
                    connection.execute(insert(table), [dict(row) for row in rows])
        self.restart()

    def drop_events(self, kept: int = 0) -> None:
        """The stream is cut off at its cap before it was recorded."""
        self.board.links.call("XTRIM", keys.EVENTS(self.board.prefix), "MAXLEN", kept)
