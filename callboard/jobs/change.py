"""What is to change about jobs that were accepted before: fields of their records, tags, queue, and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from callboard.jobs.policy import NORMAL

TAGS_MOST: Final = 50
TAG_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One change, for one job or many; what is left empty stays.

    `fields` are fields of the record, an empty text for one that is to be the default; `tags` are added to those that
    a job has, `untags` taken away; `due_ms` is the stamp before which it does not run.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()
    queue: str = ""
    due_ms: int | None = None


def priority_fields(priority: int) -> dict[str, str]:
    """The field of a priority, as a record keeps it."""
    return {"priority": "" if priority == NORMAL else str(priority)}
