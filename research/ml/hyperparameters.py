"""What may be set on an algorithm: names, types, bounds and defaults, and the check against them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One thing that may be set; `type` is int, float or bool, `optional` allows null."""

    name: str
    type: type
    default: float | int | bool | None
    least: float = 0
    most: float = math.inf
    about: str = ""
    optional: bool = False

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value, None when nothing is."""
        if value is None and self.optional:
            return None
        if self.type is bool:
            return None if isinstance(value, bool) else f"expected true or false, got {value!r}"
        whole = self.type is int
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not self.least <= value <= self.most:
            return f"expected {self.expected()}, got {value!r}"
        return None

    def expected(self) -> str:
        """What a value must be, in words."""
        if self.type is bool:
            return "true or false"
        kind = "a whole number" if self.type is int else "a number"
        return f"{kind} from {self.least:g} to {self.most:g}" + (" or null" if self.optional else "")


def problems(table: Iterable[Hyperparameter], given: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with each of the hyperparameters given, by name; empty when nothing is."""
    known = {one.name: one for one in table}
    found = {}
    for name, value in given.items():
        problem = known[name].problem(value) if name in known else f"is unknown; known are {', '.join(known)}"
        if problem:
            found[name] = problem
    return found


def completed(table: Iterable[Hyperparameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """The hyperparameters given and the defaults of the rest; numbers as the type of the table has them."""
    return {one.name: _typed(one, given.get(one.name, one.default)) for one in table}


def _typed(one: Hyperparameter, value: Any) -> Any:
    return float(value) if one.type is float and value is not None else value
