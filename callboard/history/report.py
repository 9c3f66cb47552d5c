"""What a reconciliation found and did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Report:
    """Counts of jobs, but for `flows`; `waiting` says why nothing was looked at, if that is so."""

    full: bool = False
    checked: int = 0
    restored: int = 0
    flows: int = 0
    concluded: int = 0
    told: int = 0
    held: int = 0
    in_doubt: int = 0
    pending: int = 0
    waiting: str = ""

    @property
    def differences(self) -> int:
        """How many jobs and flows were not the same in both."""
        return self.restored + self.flows + self.concluded + self.told + self.held + self.in_doubt

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        if self.waiting:
            return f"nothing was compared: {self.waiting}"
        counts = {name: value for name, value in asdict(self).items() if value and name not in ("full", "waiting")}
        return (
            ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in counts.items()) or "nothing to compare"
        )
