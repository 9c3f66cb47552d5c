"""S1's and S5's queue manager: add jobs, ask for them, cancel, retry, count; a thin door to client and store."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callboard.facade.job_words import QueueStats
from callboard.facade.spelling import snake
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.policy import queue_slug
from callboard.jobs.states import STATES
from pipelines.job_types import JobType, create

if TYPE_CHECKING:
    from callboard.broker.broker import CallboardBroker
    from callboard.jobs.record import Job

IMPORT_KEYS = ("file_buffer", "file", "file_name", "table", "import_options", "priority")


class JobQueueManager:
    """All calls return the id of a job, or are given one; `get_job_queue_manager` has the one of this process."""

    @property
    def broker(self) -> CallboardBroker:
        """The broker that knows the job types."""
        import actors

        return actors.broker

    # -- adding

    def add_analysis_job(self, paper_id: str, providers: Sequence[str], **options: Any) -> str:
        """Let AI providers read a stored paper, all in one job. Raises as `create` does."""
        return self.add_job(JobType.AI_ANALYSIS, {"paper_id": paper_id, "providers": list(providers)}, **options)

    def add_job(self, type: JobType | str, data: Mapping[str, Any] | None = None, **options: Any) -> str:
        """A job of any type. Raises as `create` does."""
        return create(type, data, **options).id

    def add_excel_import_job(self, data: Mapping[str, Any] | None = None, /, **given: Any) -> str:
        """Store a workbook, unless it is stored already, and import it, in batches with a checkpoint after each.

        Takes `file_buffer` (bytes) and `file_name`, or `file`, a storage reference or a path; `table`, left out the
        name of the file; `import_options`: `batch_size`, and whatever else `excel_import` takes.
        Raises InvalidArguments for an unknown key.
        """
        asked = {snake(name): value for name, value in {**(data or {}), **given}.items()}
        for name in asked:
            if name not in IMPORT_KEYS:
                raise InvalidArguments(
                    f'argument "{name}" of an import is unknown; arguments are {", ".join(IMPORT_KEYS)}',
                    {name: "unknown"},
                )
        reference, name = _stored_workbook(asked)
        arguments = import_arguments(reference, name, asked.get("table"), asked.get("import_options") or {})
        return self.add_job(JobType.EXCEL_IMPORT, arguments, priority=asked.get("priority"))

    # -- asking

    def get_job(self, job_id: str) -> Job | None:
        """The record of a job, None when it is not there (any more)."""
        return self.broker.store.find(job_id)

    def get_job_status(self, job_id: str) -> str:
        """The state of a job. Raises JobMissing."""
        return self.broker.store.get(job_id).state

    def get_job_progress(self, job_id: str) -> dict[str, Any]:
        """How far a job is: `percent`, `step`, `eta_ms` and more, empty before its first word. Raises JobMissing."""
        return dict(self.broker.store.get(job_id).progress or {})

    def get_queue_stats(self, queue: str | None = None) -> QueueStats:
        """How many jobs of a queue, or of all, are in each state."""
        names = [queue_slug(queue)] if queue else self.broker.store.queues()
        counts = [self.broker.store.counts(name) for name in names]
        return QueueStats(**{state: sum(one[state] for one in counts) for state in STATES})

    # -- acting

    def cancel_job(self, job_id: str) -> bool:
        """Cancel a job; False where it runs, and was asked to stop. Raises JobMissing, NotPossible when it is over."""
        from callboard.broker.client import require

        reply = require("cancel", job_id, self.broker.client.cancel(job_id)[0], "CANCELLED", "CANCELLING")
        return reply == "CANCELLED"

    def retry_job(self, job_id: str) -> None:
        """Run a finished job again. Raises JobMissing, NotPossible when it is not over."""
        from callboard.broker.client import require

        require("rerun", job_id, self.broker.client.rerun(job_id)[0], "WAITING")


@cache
def get_job_queue_manager() -> JobQueueManager:
    """The queue manager of this process."""
    return JobQueueManager()


def import_arguments(file: str, name: str, table: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `excel_import` for a stored workbook of a name; without a table, it goes to one named after it.

    The names of the options may be spelled `batchSize`.
    """
    wanted = {snake(key): value for key, value in options.items()}
    return {**wanted, "file": file, "table": table or _table_of(name)}


def _stored_workbook(asked: Mapping[str, Any]) -> tuple[str, str]:
    """Reference and name of the workbook, stored now where it came as bytes or as a path."""
    from actors import services

    store, file, buffer = services.files(), asked.get("file"), asked.get("file_buffer")
    if (file is None) == (buffer is None):
        raise InvalidArguments("an import takes file_buffer, the bytes of a workbook, or file; give one of the two")
    if buffer is not None:
        stored = store.put(bytes(buffer), asked.get("file_name") or "workbook.xlsx")
    elif str(file).startswith("file:"):
        stored = store.describe(str(file))
    else:
        stored = store.put_path(Path(str(file)))
    return stored.reference, asked.get("file_name") or stored.name


def _table_of(name: str) -> str:
    """The table that a file is imported into when none is named: `Yields 2024.xlsx` goes to `yields_2024`."""
    slug = re.sub(r"\W+", "_", Path(name).stem.lower(), flags=re.ASCII).strip("_")[:50]
    return slug if slug[:1].isalpha() else f"table_{slug}".rstrip("_")
