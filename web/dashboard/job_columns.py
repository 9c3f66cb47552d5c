"""The columns of lists of jobs: what there is, and what is shown where nobody has chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# Name, title, what it tells. State, type and arguments are always there.
COLUMNS: Final = (
    ("queue", "Queue", "where it waits or ran"),
    ("priority", "Priority", "the more urgent first"),
    ("attempt", "Attempt", "runs so far, of those allowed"),
    ("wait", "Wait", "until it began, or so far"),
    ("run", "Run", "how long it ran, or runs"),
    ("age", "Age", "since it was enqueued"),
    ("user", "User", "for whom"),
    ("tags", "Tags", "words to find it by"),
    ("id", "Id", "its end; copied whole"),
    ("error", "Error", "its last one"),
    ("worker", "Worker", "the last one"),
    ("schedule", "Schedule", "which enqueued it"),
    ("flow", "Flow", "and its step"),
    ("cost", "Cost", "in US dollars"),
    ("created", "Created", "as a time"),
    ("finished", "Finished", "as a time"),
)
USUAL: Final = ("queue", "priority", "attempt", "wait", "run", "age", "user", "tags")


def chosen(names: str | Iterable[str] | None) -> list[tuple[str, str, str]]:
    """The columns that somebody chose, in the order of the table; the usual ones where there is no known name."""
    given = names.split(",") if isinstance(names, str) else list(names or ())
    wanted = {name.strip() for name in given} & {name for name, *_ in COLUMNS} or set(USUAL)
    return [column for column in COLUMNS if column[0] in wanted]
