"""A job in the words of the systems before: state, progress, times, the shapes in which each of them shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from callboard.jobs.job_values import job_values
from callboard.jobs.record import Job
from callboard.jobs.states import BLOCKED, COMPLETED, DELAYED, FAILED, WAITING, canonical_state
from web.compat.door import wrong
from web.services import here
from web.vocabulary import BULL, vocabulary

COUNTED: Final = ("waiting", "active", "completed", "failed", "delayed", "cancelled")
Errors = list[dict[str, Any]]


def status_word(state: str) -> str:
    """The word for a state in the vocabulary that the client asks for. Raises Problem."""
    return vocabulary(BULL)[state]


def accepted_word(options: Mapping[str, Any]) -> str:
    """The word for a job that was just accepted, even where a worker was faster than this answer."""
    return status_word(DELAYED if options.get("delay_ms") else WAITING)


def states_of(word: str) -> list[str]:
    """The states that a client means by a word, in any vocabulary. Raises Problem."""
    try:
        state = canonical_state({"wait": WAITING, "waiting-children": BLOCKED}.get(word.strip().lower(), word))
    except ValueError as error:
        raise wrong("status", str(error)) from None
    return [WAITING, BLOCKED] if state == WAITING else [state]


def counts_of(queue: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of a queue, and whether it is paused."""
    return in_words(queue["counts"]) | {"paused": queue["paused"]}


def in_words(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by states as Bull's clients read them."""
    return {word: counts[word] + (counts[BLOCKED] if word == WAITING else 0) for word in COUNTED}


def progress_of(job: Job) -> dict[str, Any]:
    """`progress` as a whole percentage, and all that is known of it as `progressDetail`."""
    told = job.progress if isinstance(job.progress, dict) else {}
    percent = 100 if job.state == COMPLETED else told.get("percent", 0)
    detail = {"percentage": percent, "step": told.get("step"), "current": told.get("done"), "total": told.get("total")}
    return {"progress": int(percent), "progressDetail": detail | {"etaMs": told.get("eta_ms")}}


def moments_of(job: Job) -> dict[str, str | None]:
    """When a job was made and when it changed last, as far as that is kept."""
    last = job.finished_at or job.started_at or job.enqueued_at
    return {"createdAt": moment(job.enqueued_at), "updatedAt": moment(last)}


def moment(at: datetime | None) -> str | None:
    """A time as JavaScript prints it."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def error_of(job: Job, errors: Errors) -> str | None:
    """Why a job has failed, None where it has not; secrets are masked."""
    if job.state != FAILED:
        return None
    said = errors[-1]["failure"].get("message") if errors else job.reason
    return here().mask(str(said or "failed"))


def listed(job: Job, errors: Errors) -> dict[str, Any]:
    """A job as BullMQ's clients list it: stamps in milliseconds, attempts allowed and made."""
    shown: dict[str, Any] = {
        "id": job.id,
        "name": job.type,
        "queue": job.queue,
        "data": job_values(job)["kwargs"],
        "status": status_word(job.state),
        **progress_of(job),
        "attempts": job.attempts,
        "attemptsMade": job.attempt,
        "timestamp": stamp(job.enqueued_at),
        "processedOn": stamp(job.started_at),
        "finishedOn": stamp(job.finished_at),
        **moments_of(job),
    }
    reason = error_of(job, errors)
    return shown if reason is None else shown | {"failedReason": reason}


def stamp(at: datetime | None) -> int | None:
    """A time in milliseconds."""
    return None if at is None else round(at.timestamp() * 1000)
