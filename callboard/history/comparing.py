"""What is to be done about a job of which Redis and SQL do not say the same."""

from __future__ import annotations

from typing import Final

from callboard.broker.lookout import Sight
from callboard.history.doubts import IN_DOUBT
from callboard.history.live_rows import Brief
from callboard.jobs.states import FINAL

NOTHING: Final = "nothing"
WAIT: Final = "wait"
DOUBT: Final = "doubt"
RESTORE: Final = "restore"
CONCLUDE: Final = "conclude"
TELL: Final = "tell"
TIE: Final = "tie"

MEANINGS: Final = {
    NOTHING: "both say the same, or will when what happened last is recorded",
    WAIT: "Redis has no such job, and what happened last to it is not recorded yet",
    DOUBT: "Redis has no such job, and its end may have gone unrecorded: it is left to a person",
    RESTORE: "Redis has lost it: it is written again",
    CONCLUDE: "it has finished, and Redis was put back to a time before that: it is ended there too",
    TELL: "SQL has missed what happened, or would take what happens for old: Redis tells of it anew",
    TIE: "a blocked step has lost what it waits for: its flow is built again",
}


def differs(row: Brief, sight: Sight | None) -> bool:
    """Whether a live row must be looked at more closely."""
    return sight is None or compare(row, sight, unrecorded=False) != NOTHING


def compare(row: Brief | None, sight: Sight | None, *, unrecorded: bool) -> str:
    """One of `MEANINGS`. The row was read before the job was looked at, and the unrecorded events after that.

    So whatever ended and was forgotten before the look has left an event that is either in the row, or unrecorded.
    """
    if sight is None:
        return _of_one_that_is_gone(row, unrecorded)
    if row is None:
        return NOTHING if unrecorded else TELL
    if row.state in FINAL and sight.state not in FINAL and sight.version <= row.version:
        return CONCLUDE
    if unrecorded and sight.version >= row.version:
        return NOTHING
    if (sight.version, sight.state) != (row.version, row.state) or row.reason == IN_DOUBT:
        return TELL
    return NOTHING if sight.tied or row.step == "on_failure" else TIE


def _of_one_that_is_gone(row: Brief | None, unrecorded: bool) -> str:
    if row is None or row.state in FINAL:
        return NOTHING
    if unrecorded:
        return WAIT
    return DOUBT if row.reason == IN_DOUBT else RESTORE
