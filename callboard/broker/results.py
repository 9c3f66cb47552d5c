"""Dramatiq's result backend over the record: the engine keeps results, so there is only reading."""

from __future__ import annotations

import time
from typing import Any

from dramatiq.results import ResultBackend, ResultFailure, ResultMissing, ResultTimeout

from callboard.broker.store import Store
from callboard.jobs.states import COMPLETED, FINAL


class EngineResults(ResultBackend):
    """Reads results for `message.get_result()`, `pipeline.get_result()` and `group.get_results()`."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store

    def get_result(self, message: Any, *, block: bool = False, timeout: int | None = None) -> Any:
        """The result of a message. Raises ResultMissing, ResultTimeout, or ResultFailure for a job that failed."""
        deadline = time.monotonic() + (10_000 if timeout is None else timeout) / 1000
        pause = 0.005
        while True:
            job = self.store.find(message.message_id)
            if job and job.state == COMPLETED:
                return job.result
            if job and job.state in FINAL:
                errors = self.store.errors(job.id)
                failure = errors[-1]["failure"] if errors else {"type": "Cancelled", "message": job.state}
                raise ResultFailure(f"job {failure['type']}: {failure['message']}", failure["type"], failure["message"])
            if not block:
                raise ResultMissing(message)
            if time.monotonic() + pause > deadline:
                raise ResultTimeout(message)
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)
