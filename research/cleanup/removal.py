"""What a clean-up has removed, or would remove."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

SHOWN: Final = 50
# Told (done, total, step) before each step of the work; may raise to stop it there.
Say = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Removal:
    """How many things were found and removed, their bytes, and the first of them."""

    found: int = 0
    removed: int = 0
    bytes: int = 0
    shown: tuple[Mapping[str, Any], ...] = ()

    def with_one(self, values: Mapping[str, Any], size: int, removed: bool) -> Removal:
        """With one more thing."""
        shown = (*self.shown, values) if len(self.shown) < SHOWN else self.shown
        return replace(self, found=self.found + 1, removed=self.removed + removed, bytes=self.bytes + size, shown=shown)

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return {"found": self.found, "removed": self.removed, "bytes": self.bytes, "shown": list(self.shown)}


def listed(found: Iterable[Mapping[str, Any]]) -> bytes:
    """All that was found, an object a line."""
    return b"".join(orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE) for values in found)
