"""Events of what is no change of a job, a queue or a flow, for those who read the stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from callboard.broker.link import Links
from callboard.broker.scripts import bind
from callboard.jobs.encoding import encode

ANNOUNCE: Final = bind("announce", "event", "subject", "type", "queue", "data")


def announce(
    links: Links, event: str, subject: str, data: Mapping[str, Any], *, type: str = "", queue: str = ""
) -> None:
    """Append an event to the stream; `subject` is the name of what it is about.

    Raises ScriptFault for an event that `announce.lua` does not list, ConnectionLost.
    """
    text = encode(dict(data), f"data of {event}")
    links.call(*links.script(ANNOUNCE.name, event, subject, type, queue, text))
