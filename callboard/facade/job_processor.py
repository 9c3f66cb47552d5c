"""S4's processors: what runs the jobs of one type, and what it is told of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, Protocol, TypeVar

from callboard.facade.job import Job

T = TypeVar("T")


class JobProcessor(Protocol):
    """Anything with `process`; `on_progress`, `on_complete` and `on_error` are called where it has them."""

    def process(self, job: Job[Any]) -> Any:
        """Run one attempt and return its result, or an awaitable of it."""


class BaseJobProcessor(ABC, Generic[T]):
    """A processor with S4's three helpers; override the `on_...` that you want to hear."""

    @abstractmethod
    def process(self, job: Job[T]) -> Any:
        """Run one attempt and return its result, or an awaitable of it."""

    def on_progress(self, progress: float) -> None:
        """Hear of progress, in percent."""

    def on_complete(self, result: Any) -> None:
        """Hear of a result."""

    def on_error(self, error: BaseException) -> None:
        """Hear of a failed attempt."""

    def update_progress(self, job: Job[T], progress: float) -> None:
        """Say how far a job is. Raises as `Job.update_progress` does."""
        job.update_progress(progress)
        if job.report is None:  # in a worker the report of the job tells the processor, whoever moved it
            self.on_progress(progress)

    def handle_complete(self, job: Job[T], result: Any) -> None:
        """Mark a job as complete with a result."""
        job.mark_complete(result)
        self.on_complete(result)

    def handle_error(self, job: Job[T], error: Exception) -> None:
        """Mark the attempt as failed; in a worker the job is retried by its policy."""
        job.mark_failed(error)
        self.on_error(error)

    updateProgress = update_progress
    handleComplete = handle_complete
    handleError = handle_error
