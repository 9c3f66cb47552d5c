"""Topics: what a client may watch, and which of them an event belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from callboard.broker.stream import Event
from callboard.jobs.identity import kept_id
from callboard.jobs.policy import queue_slug

HOME: Final = "home"
KINDS: Final = ("queue", "job", "flow", "filter")
FILTER: Final = "filter:"
MOST: Final = 50
LONGEST_ID: Final = 200


class BadTopic(ValueError):
    """Raised for a word that is no topic, and for too many of them."""


def topics(words: Iterable[str]) -> frozenset[str]:
    """The topics that some words name: `home`, `queue:x`, `job:id`, `flow:id`, `filter:id`. Raises BadTopic."""
    found = frozenset(topic(word.strip()) for word in words if word.strip())
    if len(found) > MOST:
        raise BadTopic(f"at most {MOST} topics can be watched at once, got {len(found)}; watch home instead")
    return found


def topic(word: str) -> str:
    """One topic in the form in which events name it. Raises BadTopic."""
    kind, _, name = word.partition(":")
    if word == HOME:
        return HOME
    if kind not in KINDS or not name or len(name) > LONGEST_ID:
        known = "home, queue:<name>, job:<id>, flow:<id> and filter:<view>"
        raise BadTopic(f'"{word[:60]}" is no topic; topics are {known}')
    if kind != "queue":
        return f"{kind}:{kept_id(name)}"
    try:
        return f"queue:{queue_slug(name)}"
    except ValueError as error:
        raise BadTopic(str(error)) from None


def topics_of(event: Event) -> tuple[str, ...]:
    """The topics that an event belongs to; lines of a log are only for those who have opened their job."""
    kind = event.event.partition(":")[0]
    if event.event == "job:log":
        return (f"job:{event.job}",)
    if event.event == "job:edited" and isinstance(left := event.values.get("from"), str):
        return (HOME, f"queue:{event.queue}", f"queue:{left}", f"job:{event.job}")
    if kind == "job":
        return (HOME, f"queue:{event.queue}", f"job:{event.job}")
    if kind == "queue":
        return (HOME, f"queue:{event.queue}")
    return (HOME, f"flow:{event.job}") if kind == "flow" else (HOME,)
