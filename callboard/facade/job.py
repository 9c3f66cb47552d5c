"""S4's job: a copy of the record as its users know it, or the job that a processor is handed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Generic, Self, TypeVar

from callboard.broker.errors import NotPossible
from callboard.facade.job_words import STATES_OF, STATUS_OF, JobStatus
from callboard.facade.spelling import camel
from callboard.jobs.identity import new_id
from callboard.jobs.record import Job as Record
from callboard.jobs.states import ACTIVE, CANCELLED, COMPLETED, FAILED, FINAL, WAITING, possible_verbs

T = TypeVar("T")
MOMENTS: Final = ("created_at", "started_at", "completed_at")
PRINTED: Final = ("id", "type", "data", "status", "progress", "result", "error", "attempts", "max_attempts", *MOMENTS)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Job(Generic[T]):
    """One job; what `mark_...` says of it becomes true in the store when its processor returns, and by no other way.

    `progress` is a percentage, `attempts` counts the runs begun, `state` is the engine's word for `status`.
    """

    type: str
    data: T
    id: str = field(default_factory=new_id)
    max_attempts: int = 3
    state: str = WAITING
    progress: float = 0
    result: Any = None
    error: str | None = None
    attempts: int = 0
    created_at: datetime | None = field(default_factory=_now)
    started_at: datetime | None = None
    completed_at: datetime | None = None
    eta_ms: int | None = None
    report: Callable[[float], None] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, record: Record, error: str | None = None) -> Self:
        """The job of a record, with the words of its last failure."""
        told = record.progress or {}
        return cls(
            type=record.type,
            data=record.kwargs.get("data", record.kwargs),
            id=record.id,
            max_attempts=record.attempts,
            state=record.state,
            progress=100 if record.state == COMPLETED else told.get("percent", 0),
            result=record.result,
            error=error,
            attempts=record.attempt,
            created_at=record.enqueued_at,
            started_at=record.started_at,
            completed_at=record.finished_at,
            eta_ms=told.get("eta_ms"),
        )

    @property
    def status(self) -> JobStatus:
        """S4's word for the state."""
        return STATUS_OF[self.state]

    def can_retry(self) -> bool:
        """Whether another attempt is left."""
        return self.attempts < self.max_attempts

    def update_progress(self, progress: float) -> None:
        """Say how far the job is, in percent; inside a processor it is written to the store.

        Raises ValueError unless it is a number from 0 to 100, and what `Context.progress` raises to stop a job.
        """
        if isinstance(progress, (bool, str)) or not 0 <= progress <= 100:
            raise ValueError(f"progress must be a number from 0 to 100, got {progress!r}")
        self.progress = progress
        if self.report:
            self.report(progress)

    def mark_processing(self) -> None:
        """An attempt begins. Raises NotPossible when the job is over."""
        self._move(ACTIVE)
        self.attempts += 1
        self.started_at = _now()

    def mark_complete(self, result: Any = None) -> None:
        """The job is done, with this result. Raises NotPossible when it is over."""
        self._move(COMPLETED)
        self.result, self.error, self.progress, self.completed_at = result, None, 100, _now()

    def mark_failed(self, error: BaseException | str) -> None:
        """The attempt has failed. Raises NotPossible when the job is over."""
        self._move(FAILED)
        self.error, self.completed_at = str(error) or type(error).__name__, _now()

    def mark_cancelled(self) -> None:
        """The job is not wanted any more. Raises NotPossible when it is over."""
        self._move(CANCELLED)
        self.completed_at = _now()

    def _move(self, state: str) -> None:
        if self.state in FINAL:
            raise NotPossible(f"job {self.id} is {self.status} already", self.state, possible_verbs(self.state))
        self.state = state

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values: camelCase names, times in ISO 8601."""
        values = {camel(name): getattr(self, name) for name in PRINTED}
        for name in MOMENTS:
            moment = getattr(self, name)
            values[camel(name)] = moment.isoformat() if moment else None
        return {**values, "status": str(self.status)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | str) -> Self:
        """The job that `to_json` wrote, as an object or as text. Raises ValueError for a status that is unknown."""
        given: Mapping[str, Any] = json.loads(value) if isinstance(value, str) else value
        named = {name: given[camel(name)] for name in PRINTED if camel(name) in given}
        for name in MOMENTS:
            if isinstance(named.get(name), str):
                named[name] = datetime.fromisoformat(named[name])
        state = STATES_OF[JobStatus(named.pop("status", JobStatus.QUEUED))][0]
        return cls(**named, state=state)

    canRetry = can_retry
    updateProgress = update_progress
    markProcessing = mark_processing
    markComplete = mark_complete
    markFailed = mark_failed
    markCancelled = mark_cancelled
    toJSON = to_json

    @classmethod
    def fromJSON(cls, value: Mapping[str, Any] | str) -> Self:
        """S4's spelling of `from_json`."""
        return cls.from_json(value)

    @property
    def maxAttempts(self) -> int:
        """S4's spelling of `max_attempts`."""
        return self.max_attempts

    @property
    def createdAt(self) -> datetime | None:
        """S4's spelling of `created_at`."""
        return self.created_at

    @property
    def startedAt(self) -> datetime | None:
        """S4's spelling of `started_at`."""
        return self.started_at

    @property
    def completedAt(self) -> datetime | None:
        """S4's spelling of `completed_at`."""
        return self.completed_at
