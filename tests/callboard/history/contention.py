"""Processes that all write to one SQLite file at once, and what they met."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import OperationalError

from callboard.history.database import connect, writing
from callboard.history.models import PositionRow, ProgressRow, table_of
from callboard.history.schema import HISTORY

ROOT = Path(__file__).parents[3]
ROWS = table_of(ProgressRow)
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Contention:
    """What some processes met: how long each transaction took, and which were refused."""

    seconds: list[float]
    errors: list[str]
    took: float

    @property
    def rate(self) -> float:
        """Transactions a second, all processes together."""
        return len(self.seconds) / self.took

    def share(self, part: float) -> float:
        """The seconds within which such a part of the transactions was done."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * part))]


def read_then_write(engine: Engine, me: str, number: int) -> None:
    """Count by one what was just read: a plain BEGIN would be refused when another writes in between."""
    with writing(engine) as session:
        count = session.execute(select(PositionRow.written_ms).where(PositionRow.prefix == "count")).scalar_one()
        session.execute(update(PositionRow).where(PositionRow.prefix == "count").values(written_ms=count + 1))


def write_batch(engine: Engine, me: str, number: int) -> None:
    """Write as a recorder does that is behind: thousands of rows, one batch after the other."""
    with writing(engine) as session:
        statement = insert(ROWS).on_conflict_do_nothing()
        rows = [{"job_id": f"{me}-{number}-{n}", "at_ms": n, "progress": '{"percent": 50}'} for n in range(BATCH)]
        session.execute(statement, rows)


WORK: dict[str, Callable[[Engine, str, int], None]] = {"count": read_then_write, "batch": write_batch}


def contend(folder: Path, processes: Sequence[tuple[str, int]]) -> Contention:
    """Let processes do one kind of work so many times, all at once, on a new database in a folder."""
    url = f"sqlite:///{folder / 'contended.db'}"
    HISTORY.upgrade(url)
    engine = connect(url)
    with writing(engine) as session:
        session.add(PositionRow(prefix="count", epoch="", last_id="", written_ms=0))
    engine.dispose()
    command = [sys.executable, "-m", "tests.callboard.history.contention", url]
    pipes = [
        subprocess.Popen([*command, kind, str(times), str(n)], stdin=-1, stdout=-1, cwd=ROOT, text=True)
        for n, (kind, times) in enumerate(processes)
    ]
    return _outcome(pipes)


def _outcome(pipes: list[subprocess.Popen[str]]) -> Contention:
    try:
        for pipe in pipes:
            assert pipe.stdout is not None
            assert pipe.stdout.readline() == "ready\n"
        began = time.monotonic()
        told = [json.loads(line) for line in _answers(pipes)]
        took = time.monotonic() - began
    finally:
        for pipe in pipes:
            pipe.kill()
            pipe.communicate()
    return Contention(
        [second for one in told for second in one["seconds"]], [error for one in told for error in one["errors"]], took
    )


def _answers(pipes: list[subprocess.Popen[str]]) -> Iterator[str]:
    for pipe in pipes:
        assert pipe.stdin is not None
        pipe.stdin.write("go\n")
        pipe.stdin.flush()
    for pipe in pipes:
        assert pipe.stdout is not None
        yield pipe.stdout.readline()


def counted(folder: Path) -> int:
    """How far the processes have counted."""
    engine = connect(f"sqlite:///{folder / 'contended.db'}")
    with writing(engine) as session:
        count = session.execute(select(PositionRow.written_ms).where(PositionRow.prefix == "count")).scalar_one()
    engine.dispose()
    return count


def main(url: str, kind: str, times: str, me: str) -> None:
    """One of the processes: it says when it is ready, begins when told to, and tells what it met."""
    engine = connect(url)
    seconds, errors = [], []
    engine.connect().close()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(int(times)):
        began = time.monotonic()
        try:
            WORK[kind](engine, me, number)
        except OperationalError as error:
            errors.append(str(error))
        seconds.append(time.monotonic() - began)
    sys.stdout.write(json.dumps({"seconds": seconds, "errors": errors}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
