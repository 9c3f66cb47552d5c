"""A metric: a number with its unit, how it was found and by whose method; or why it could not be found."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, Final

from research.column_types import storable

LOGAN: Final = "Logan et al., Environ. Sci. Technol. 40 (2006) 5181"
HAYRE: Final = "O'Hayre, Cha, Colella and Prinz, Fuel Cell Fundamentals, 3rd ed., Wiley 2016"
DEFINITION: Final = "definition"


@dataclass(frozen=True)
class Metric:
    """A metric of a curve ("" for the whole experiment): `value` in the SI `unit`, or None and why it is `missing`.

    `inputs` names what went into it: the columns, numbers of points, ranges, and arguments of the caller.
    """

    name: str
    value: float | None
    unit: str
    method: str
    source: str
    curve: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    missing: str | None = None

    def sound(self) -> Metric:
        """The metric as JSON can say it: a value that is not finite, after an overflow, is missing."""
        inputs = finite(self.inputs)
        if self.value is None or math.isfinite(self.value):
            return replace(self, inputs=inputs)
        return replace(self, value=None, inputs=inputs, missing="the readings give no finite number")

    def values(self) -> dict[str, Any]:
        """The metric as the columns of its table."""
        return {
            "curve": storable(self.curve),
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "method": self.method,
            "source": self.source,
            "inputs": self.inputs,
            "missing": self.missing,
        }


def finite(value: Any) -> Any:
    """A value of JSON with null in place of each number that is not finite."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
