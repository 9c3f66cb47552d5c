"""What a fetch brings in: attempts, and the outcome at once of those that cannot run here."""

from __future__ import annotations

from typing import Final

from callboard.broker.attempt import Attempt
from callboard.jobs.encoding import NotJson
from callboard.jobs.outcome import Fail, Failure, Release

UNKNOWN_MOST: Final = 60.0


def attempt_from(id: str, fence: int, number: int, flat: list[str]) -> Attempt:
    """The attempt of a fetched job; one whose arguments cannot be read fails alone, the line behind it moves on."""
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    try:
        return Attempt(id, fence, number, fields)
    except (NotJson, KeyError, TypeError, ValueError) as error:
        bare = {"type": fields.get("type", ""), "queue": fields.get("queue", ""), "enqueued_ms": "0"}
        attempt = Attempt(id, fence, number, bare)
        attempt.outcome = Fail(Failure("invalid", type(error).__name__, f"the job cannot be read: {error}"))
        return attempt


def unknown(attempt: Attempt) -> Release:
    """Hand back a job of a type we do not know, to be offered again later: more so each time it was handed back.

    A worker that knows the type gets it at once when it boots; one that runs already gets it by chance.
    """
    seconds = min(UNKNOWN_MOST, float(2 ** min(attempt.fence - attempt.attempt, 10)))
    return Release(seconds, "no_worker", f"type:{attempt.actor_name}")
