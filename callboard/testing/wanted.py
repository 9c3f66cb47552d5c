"""What a test expects to find enqueued, which jobs are that, and what is said when there are none."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypedDict

from callboard.jobs.clock import to_ms
from callboard.jobs.encoding import NotJson, TooLarge, decode, encode
from callboard.jobs.policy import priority_number, priority_word, queue_slug, type_slug
from callboard.jobs.record import Job
from callboard.worker.job import JobActor

SHOWN: Final = 10
OF_ANOTHER_TYPE: Final = 100


class Conditions(TypedDict, total=False):
    """What may be asked of a job: named arguments that it has among others, queue, time, priority, tags, unique key.

    `delay` is the time from its enqueueing, in seconds or as a timedelta, `run_at` an aware datetime; both may differ
    by `within` seconds, 1 unless told.
    """

    kwargs: Mapping[str, Any]
    queue: str
    delay: float | timedelta
    run_at: datetime
    within: float
    priority: str | int
    tags: Sequence[str]
    unique_key: str


@dataclass(frozen=True, slots=True)
class Found:
    """A job on the board with its arguments by name, as far as its type is known here."""

    job: Job
    arguments: Mapping[str, Any]


def found(job: Job, actor: Any) -> Found:
    """A job with its arguments by name; those whose names nobody here knows have their place for a name."""
    if isinstance(actor, JobActor):
        names = actor.parameters
    else:
        names = tuple(inspect.signature(actor.fn).parameters) if actor else ()
    names = (*names, *map(str, range(len(names), len(job.args))))
    return Found(job, {**dict(zip(names, job.args, strict=False)), **job.kwargs})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A type, or any, and conditions."""

    type: str | None = None
    conditions: Conditions = field(default_factory=Conditions)

    def __str__(self) -> str:
        told = "".join(f", {name}={value!r}" for name, value in self.conditions.items())
        return (self.type or "any type") + told

    def differences(self, found: Found) -> list[str]:
        """How a job is not what is wanted, one sentence each; none where it is."""
        job, asked = found.job, self.conditions
        said = [f"its type is {job.type}"] if self.type not in (None, job.type) else []
        said += [
            _argument(name, value, found.arguments)
            for name, value in asked.get("kwargs", {}).items()
            if name not in found.arguments or not _same(value, found.arguments[name])
        ]
        if "queue" in asked and queue_slug(asked["queue"]) != job.queue:
            said.append(f"its queue is {job.queue}")
        if "priority" in asked and priority_number(asked["priority"]) != job.priority:
            said.append(f"its priority is {priority_word(job.priority)}")
        if missing := [tag for tag in asked.get("tags", ()) if tag not in job.tags]:
            said.append(f"its tags {job.tags} lack {missing}")
        if "unique_key" in asked and asked["unique_key"] != job.unique:
            said.append(f"its unique key is {job.unique!r}")
        return [*said, *self._times(job)]

    def _times(self, job: Job) -> list[str]:
        """How the time at which a job is due differs."""
        asked, due_at, within = self.conditions, job.due_at or job.enqueued_at, self.conditions.get("within", 1.0)
        assert due_at is not None
        assert job.enqueued_at is not None
        said = []
        if "delay" in asked:
            delay = (due_at - job.enqueued_at).total_seconds()
            wanted = asked["delay"]
            seconds = wanted.total_seconds() if isinstance(wanted, timedelta) else wanted
            said += [f"its delay is {delay:g} s"] if abs(delay - seconds) > within else []
        if "run_at" in asked and abs(to_ms(due_at) - to_ms(asked["run_at"])) > within * 1000:
            said.append(f"it is due at {due_at.isoformat()}")
        return said


def _argument(name: str, wanted: Any, arguments: Mapping[str, Any]) -> str:
    got = repr(arguments[name]) if name in arguments else "missing"
    return f"its {name} is {got}, not {wanted!r}"


def _same(wanted: Any, got: Any) -> bool:
    """Whether a value is the one wanted, which may be any object that compares, and comes back from JSON a list."""
    if wanted == got:
        return True
    try:
        return bool(decode(encode(wanted, "value"), "value") == got)
    except (NotJson, TooLarge):
        return False


def wanted(actor: Any, conditions: Conditions) -> Wanted:
    """What is wanted: jobs of an actor, of a type by its name, or of any. Raises ValueError, TypeError."""
    unknown = conditions.keys() - Conditions.__annotations__.keys()
    if unknown:
        known = ", ".join(Conditions.__annotations__)
        raise TypeError(f"conditions are {known}, got {', '.join(sorted(unknown))}")
    name = actor if actor is None or isinstance(actor, str) else actor.actor_name
    return Wanted(type_slug(name) if name else None, conditions)


def matching(wanted: Wanted, board: Sequence[Found]) -> list[Job]:
    """The jobs that are what is wanted."""
    return [found.job for found in board if not wanted.differences(found)]


def explain(expected: str, wanted: Wanted, board: Sequence[Found]) -> str:
    """What was expected, and what there is instead, the most alike first."""
    if not board:
        return f"expected {expected} {wanted}; nothing is enqueued"
    near = sorted(board, key=lambda found: _distance(wanted, found))
    lines = [_line(wanted, found) for found in near[:SHOWN]]
    rest = [f"  and {len(board) - SHOWN} more"] if len(board) > SHOWN else []
    return "\n".join([f"expected {expected} {wanted}; enqueued {_are(len(board))}:", *lines, *rest])


def _are(count: int) -> str:
    return "is one job" if count == 1 else f"are {count} jobs"


def _distance(wanted: Wanted, found: Found) -> int:
    other = wanted.type not in (None, found.job.type)
    return len(wanted.differences(found)) + OF_ANOTHER_TYPE * other


def _line(wanted: Wanted, found: Found) -> str:
    job = found.job
    call = ", ".join(f"{name}={value!r}" for name, value in found.arguments.items())
    due = f" until {job.due_at.isoformat()}" if job.due_at else ""
    said = "; ".join(wanted.differences(found)) or "this is one"
    return f"  {job.type}({call}) in {job.queue}, {job.state}{due}: {said}"
