"""Labels from closed sets: what is not registered is `other`, so that nobody can make series by making up names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from callboard.history.meters import OTHER

QUEUES_MOST: Final = 50
TYPES_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Closed:
    """The names of each label that stand for themselves; a label that is not here takes any value."""

    names: Mapping[str, frozenset[str]]

    def of(self, label: str, value: str) -> str:
        """The value itself, or `other`."""
        known = self.names.get(label)
        return value if known is None or value in known else OTHER

    def labels(self, names: Iterable[str], values: Iterable[str]) -> tuple[str, ...]:
        """The values of some labels."""
        return tuple(self.of(name, value) for name, value in zip(names, values, strict=True))


def closed(types: Mapping[str, Any], pipelines: Iterable[str]) -> Closed:
    """The sets of an application: its types, their queues, its pipelines; the first ones where there are too many."""
    queues = sorted({actor.queue_name for actor in types.values()})
    return Closed(
        {
            "queue": frozenset(queues[:QUEUES_MOST]),
            "type": frozenset(sorted(types)[:TYPES_MOST]),
            "pipeline": frozenset(pipelines),
        }
    )
