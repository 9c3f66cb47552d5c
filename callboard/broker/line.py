"""Who is before whom: the types of the jobs at the head of a queue, without the rest of their records."""

from __future__ import annotations

from callboard.broker.keys import JOB, STATE_KEYS
from callboard.broker.link import Links


def types_in_line(links: Links, queue: str, state: str, limit: int) -> list[str]:
    """The types of the first jobs of a queue in a state, in the order in which they will run; "" for one that left."""
    ids = links.call("ZRANGE", STATE_KEYS[state](links.prefix, queue), 0, limit - 1) if limit else []
    replies = links.run(*[("HGET", JOB(links.prefix, id), "type") for id in ids]) if ids else []
    return [type or "" for type in replies]
