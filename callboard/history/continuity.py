"""Whether Redis and SQL still belong together: one of them may have been flushed, replaced or put back in time."""

from __future__ import annotations

from typing import Final

from callboard.broker.lookout import DataSet
from callboard.broker.tape import START, precedes
from callboard.history.position import Position

SAME: Final = "same"
LOST: Final = "lost"
BEHIND: Final = "behind"

MEANINGS: Final = {
    SAME: "what was recorded last is in the stream, or nothing was: recording goes on there",
    LOST: "Redis was emptied, replaced, or put back to a time before the last recorded event: SQL knows more",
    BEHIND: "SQL was put back, or events were dropped before they were recorded: Redis has seen what SQL has not",
}


def judge(at: Position, data: DataSet) -> str:
    """One of `MEANINGS`, for what SQL holds as recorded and what Redis tells of itself.

    The stream drops old events only, so one that lacks an event and has an older one never had it.
    """
    seen_more = data.recorded is not None and precedes(at.last_id, data.recorded)
    if at.epoch != data.epoch:
        return BEHIND if seen_more else LOST
    if at.last_id == START or data.holds:
        return SAME
    older = data.first is not None and precedes(data.first, at.last_id)
    return LOST if older and not seen_more else BEHIND
