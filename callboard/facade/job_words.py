"""S4's words for a job: its statuses, what a caller may ask for, and the counts of a queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from callboard.facade.spelling import snake
from callboard.jobs.policy import RETRY_PRESETS, Policy
from callboard.jobs.states import ACTIVE, BLOCKED, CANCELLED, COMPLETED, DELAYED, FAILED, WAITING

JobData = Any  # what a job is given: any JSON value, an object as a rule

# In S4 a larger number is sooner and 0 is usual; in the engine 1 is first and a step is worth six hours of waiting.
USUAL_PRIORITY: Final = 50


class JobStatus(StrEnum):
    """S4's five words for where a job is."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


STATES_OF: Final = {
    JobStatus.QUEUED: (WAITING, DELAYED, BLOCKED),
    JobStatus.PROCESSING: (ACTIVE,),
    JobStatus.COMPLETED: (COMPLETED,),
    JobStatus.FAILED: (FAILED,),
    JobStatus.CANCELLED: (CANCELLED,),
}
STATUS_OF: Final = {state: status for status, states in STATES_OF.items() for state in states}


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How one job is to run: `delay` and `timeout` in milliseconds; a larger `priority` is sooner, 0 is usual."""

    priority: int = 0
    delay: int = 0
    max_attempts: int = 3
    timeout: int | None = None

    def __post_init__(self) -> None:
        if self.delay < 0:
            raise ValueError(f"delay must be 0 or more milliseconds, got {self.delay}")
        if self.timeout is not None and self.timeout <= 0:
            raise ValueError(f"timeout must be more than 0 milliseconds, got {self.timeout}")

    @property
    def policy(self) -> Policy:
        """As the engine keeps it: S4's retry is exponential from one second. Raises ValueError for attempts under 1."""
        retry = replace(RETRY_PRESETS["s4"], attempts=self.max_attempts)
        sooner = max(1, min(100, USUAL_PRIORITY - self.priority))
        return Policy(retry=retry, timeout=self.timeout / 1000 if self.timeout else None, priority=sooner)


def options_from(given: JobOptions | Mapping[str, Any] | None) -> JobOptions:
    """Options from a mapping in any spelling, `maxAttempts` or `max_attempts`. Raises ValueError for an unknown one."""
    if given is None or isinstance(given, JobOptions):
        return given or JobOptions()
    known = [field.name for field in fields(JobOptions)]
    unknown = [key for key in given if snake(key) not in known]
    if unknown:
        raise ValueError(f'job option "{unknown[0]}" is unknown; options are {", ".join(known)}')
    return JobOptions(**{snake(key): value for key, value in given.items()})


@dataclass(frozen=True, slots=True)
class QueueStats:
    """How many jobs of a queue are in each state."""

    waiting: int
    active: int
    completed: int
    failed: int
    delayed: int
    cancelled: int
    blocked: int


def milliseconds(count: float) -> timedelta:
    """A duration given the JavaScript way. Raises ValueError when it is negative."""
    if count < 0:
        raise ValueError(f"a duration must be 0 or more milliseconds, got {count:g}")
    return timedelta(milliseconds=count)
