"""What a bulk act changes about its jobs: the options of each changing verb, and the change that they amount to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from callboard.jobs.change import Change, priority_fields

# The options of each changing verb, one of which it must have; the other verbs take none.
OPTIONS: Final = {
    "priority": ("priority",),
    "move": ("queue",),
    "delay": ("due_ms",),
    "tag": ("add_tags", "remove_tags"),
}


def change_of(verb: str, options: Mapping[str, Any]) -> Change | None:
    """The change that a verb makes with these options, None for a verb that changes nothing but states.

    Raises ValueError where none of its options is given.
    """
    if verb not in OPTIONS:
        return None
    given = {name: options[name] for name in OPTIONS[verb] if options.get(name) not in (None, [], "")}
    if not given:
        raise ValueError(f"verb {verb} needs {' or '.join(OPTIONS[verb])}")
    return Change(
        priority_fields(given["priority"]) if "priority" in given else {},
        tags=tuple(given.get("add_tags", ())),
        untags=tuple(given.get("remove_tags", ())),
        queue=given.get("queue", ""),
        due_ms=given.get("due_ms"),
    )
