"""Put given rows into a dataset, batch by batch, or all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from callboard.history.database import reading, writing
from research.sheets import progress
from research.sheets.errors import TooLarge
from research.sheets.importing import Unwatched, Watch, batches
from research.sheets.models import ImportRow
from research.sheets.records import Record
from research.sheets.storing import Target, store
from research.sheets.survey import Survey
from research.sheets.tally import State
from research.sheets.trial import refuse_bad_cells

TOGETHER_MOST: Final = 100_000


@dataclass(slots=True)
class Inserting:
    """One run of an insert; `found` reads the rows from the beginning."""

    engine: Engine
    target: Target
    found: Callable[[], Iterable[Record]]
    batch_size: int
    watch: Watch
    run: str | None
    state: State
    total: int = 0


def batch_insert(
    engine: Engine,
    target: Target,
    found: Callable[[], Iterable[Record]],
    *,
    batch_size: int = 500,
    on_error: str = "fail",
    watch: Watch | None = None,
    run: str | None = None,
    again: bool = False,
) -> dict[str, Any]:
    """Insert what `found` reads and return what became of it; with the policy `fail` all of it is stored or nothing.

    `run` is the name under which it is continued, with `again`. Raises SheetError, BadName, RowConflict.
    """
    job = Inserting(engine, target, found, batch_size, watch or Unwatched(), run, State.new(1))
    resumed = _resumed(job) if again else False
    job.total = _counted(job, on_error)
    if not resumed:
        # Before the first row is stored: whoever finds the checkpoint looks in the database how far this came.
        job.watch.save({"rows": 0})
    if target.conflict == "fail":
        _together(job, resumed)
    else:
        _by_batches(job, resumed)
    tally = job.state.tallies[0]
    return {
        "table": target.table,
        "rows": tally.read,
        "inserted": tally.inserted,
        "updated": tally.updated,
        "skipped": tally.skipped,
        "repeated_keys": tally.repeated,
        "errors": tally.errors,
        "problems": job.state.problems,
    }


def _resumed(job: Inserting) -> bool:
    if job.run is None:
        return False
    with reading(job.engine) as session:
        known = progress.resume(session, job.run, job.target.source)
    if known:
        job.state = known[1]
    return known is not None


def _counted(job: Inserting, on_error: str) -> int:
    """How many rows there are. Raises BadCells where a bad one is to refuse them all."""
    count = 0

    def counting() -> Iterable[tuple[str, list[Record]]]:
        nonlocal count
        for batch in batches(job.found(), job.batch_size):
            count += len(batch)
            job.watch.progress(0, 1, "check")
            yield "", batch

    if on_error == "fail":
        refuse_bad_cells(counting())
    else:
        for _ in counting():
            pass
    return count


def _by_batches(job: Inserting, resumed: bool) -> None:
    if not resumed and job.run:
        with writing(job.engine) as session:
            progress.begin(session, _row(job), Survey([], {}), job.state)
    rest = (record for record in job.found() if record.line > job.state.line)
    for batch in batches(rest, job.batch_size):
        with writing(job.engine) as session:
            _put(session, job, batch)
            if job.run:
                progress.advance(session, job.run, job.state)
        job.watch.save({"rows": job.state.read})
        job.watch.progress(job.state.read, max(job.total, job.state.read), "insert")


def _together(job: Inserting, resumed: bool) -> None:
    if resumed:
        return  # What is noted was committed with all rows, or not at all.
    if job.total > TOGETHER_MOST:
        raise TooLarge(f"at most {TOGETHER_MOST:,} rows are inserted together or not at all, got {job.total:,}")
    with writing(job.engine) as session:
        for batch in batches(job.found(), job.batch_size):
            _put(session, job, batch)
            job.watch.progress(job.state.read, job.total + 1, "insert")
        if job.run:
            progress.begin(session, _row(job), Survey([], {}), job.state)
    job.watch.progress(1, 1, "stored")


def _put(session: Session, job: Inserting, batch: list[Record]) -> None:
    good = [record for record in batch if not record.problems]
    counts, repeated = store(session, job.target, None, good)
    job.state.add(batch, counts, repeated)


def _row(job: Inserting) -> ImportRow:
    return ImportRow(id=job.run, dataset=job.target.table, file="", sha256=job.target.source)
