"""Import the tables of a workbook into a dataset, batch by batch, each row once however often it is interrupted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final, Protocol

from sqlalchemy import Engine

from callboard.history.database import reading, writing
from research.datasets.row import dataset_name
from research.sheets import progress
from research.sheets.models import ImportRow
from research.sheets.open_book import Book
from research.sheets.records import Form, Record, check_columns, records
from research.sheets.result import result
from research.sheets.storing import Target, keys_of, store
from research.sheets.survey import SheetPlan, Survey, Wanted, survey
from research.sheets.tally import State
from research.sheets.trial import refuse_bad_cells, refuse_rows_there

BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class Source:
    """The file: the name it came with and the hash of its content, by which its rows are known."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported into which dataset, and what becomes of bad cells and of rows that are there already."""

    table: str
    wanted: Wanted = field(default_factory=Wanted)
    form: Form = field(default_factory=Form)
    batch_size: int = BATCH
    on_error: str = "report"
    conflict: str = "update"


class Watch(Protocol):
    """Whoever waits for an import; either call may stop it by raising."""

    def progress(self, done: float, total: float, step: str) -> None:
        """Told after each batch, and now and then before the first."""

    def save(self, checkpoint: Any) -> None:
        """Told that rows are stored for good."""


class Unwatched:
    """Nobody waits."""

    def progress(self, done: float, total: float, step: str) -> None:
        """Go on."""

    def save(self, checkpoint: Any) -> None:
        """Go on."""


@dataclass(slots=True)
class Importing:
    """One run of an import; `run` is the name under which it can be continued, None where it cannot."""

    engine: Engine
    book: Book
    source: Source
    order: Order
    watch: Watch
    run: str | None
    survey: Survey = field(init=False)
    state: State = field(init=False)

    @property
    def target(self) -> Target:
        """Where the rows go."""
        return Target(self.order.table, self.order.form.keys, self.source.sha256, self.order.conflict)


def import_book(
    engine: Engine,
    book: Book,
    source: Source,
    order: Order,
    *,
    watch: Watch | None = None,
    run: str | None = None,
    again: bool = False,
) -> dict[str, Any]:
    """Import what `order` says and return what became of it, by sheet and with the cells in error.

    With `again` it goes on where the run of that name stopped. Raises SheetError, BadName, RowConflict.
    """
    keys = keys_of(engine, order.table, order.form.keys)
    order = replace(order, table=dataset_name(order.table), form=replace(order.form, keys=keys))
    job = Importing(engine, book, source, order, watch or Unwatched(), run)
    if not (again and _resumed(job)):
        _begin(job)
    for plan in job.survey.plans[job.state.sheet :]:
        _import_sheet(job, plan)
    return result(book, source.name, order.table, job.survey, job.state)


def batches(found: Iterable[Record], size: int) -> Iterator[list[Record]]:
    """The records in lists of at most so many."""
    rest = iter(found)
    while batch := list(islice(rest, size)):
        yield batch


def _resumed(job: Importing) -> bool:
    if job.run is None:
        return False
    with reading(job.engine) as session:
        found = progress.resume(session, job.run, job.source.sha256)
    if found is None:
        return False
    job.survey, job.state = found
    return True


def _begin(job: Importing) -> None:
    """Look at the whole file, so that what is to be refused is refused before a row is stored."""
    order = job.order
    job.survey = survey(job.book, order.wanted, lambda: job.watch.progress(0, 1, "survey"))
    for plan in job.survey.plans:
        check_columns(plan, order.form)
    job.state = State.new(len(job.survey.plans))
    if order.on_error == "fail":
        refuse_bad_cells(_all_batches(job))
    if order.conflict == "fail":
        refuse_rows_there(job.engine, job.target, _all_batches(job))
    if job.run is None:
        return
    with writing(job.engine) as session:
        row = ImportRow(id=job.run, dataset=order.table, file=job.source.name, sha256=job.source.sha256)
        progress.begin(session, row, job.survey, job.state)
    # From here on the next attempt goes on, and counts a row that this one inserts as inserted.
    job.watch.save({"rows": 0})


def _all_batches(job: Importing) -> Iterator[tuple[str, list[Record]]]:
    for plan in job.survey.plans:
        for batch in batches(records(job.book, plan, job.order.form), job.order.batch_size):
            job.watch.progress(0, 1, "check")
            yield plan.sheet, batch


def _import_sheet(job: Importing, plan: SheetPlan) -> None:
    order, state = job.order, job.state
    below = records(job.book, plan, order.form, after=state.line)
    for batch in batches(below, order.batch_size):
        good = [record for record in batch if not record.left_out(order.form.keys, order.on_error)]
        with writing(job.engine) as session:
            counts, repeated = store(session, job.target, plan.sheet, good)
            state.add(batch, counts, repeated)
            if job.run:
                progress.advance(session, job.run, state)
        job.watch.save({"rows": state.read})
        job.watch.progress(state.read, max(job.survey.rows, state.read), f"import {plan.sheet}")
    state.next_sheet()
