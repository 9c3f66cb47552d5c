"""A score between 0 and 100 for how well a repository is kept, as a sum that everybody can work out again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from research.repositories.files import Files
from research.repositories.history import History, bus_factor

HALF_LIFE_DAYS: Final = 180.0
FORMULA: Final = (
    "recent 30 * 0.5 ** (days since the last commit / 180); steady 10 * months with a commit among the last 12 / 12; "
    "people 20 * min(bus factor, 3) / 3; readme, licence, tests and ci 10 each"
)


@dataclass(frozen=True, slots=True)
class Health:
    """The parts of the score; each has its weight in `FORMULA`."""

    recent: float
    steady: float
    people: float
    readme: float
    licence: float
    tests: float
    ci: float

    @property
    def score(self) -> float:
        """All parts together."""
        parts = (self.recent, self.steady, self.people, self.readme, self.licence, self.tests, self.ci)
        return round(sum(parts), 1)


def health(history: History, files: Files, now: datetime) -> Health:
    """How well a repository is kept, by its commits and files, at a time."""
    days = max((now - history.last_at).total_seconds() / 86_400, 0.0) if history.last_at else float("inf")
    months = sum(month in history.months for month in _last_months(now))
    return Health(
        recent=round(30 * 0.5 ** (days / HALF_LIFE_DAYS), 2),
        steady=round(10 * months / 12, 2),
        people=round(20 * min(bus_factor(history.authors), 3) / 3, 2),
        **{sign: 10.0 if sign in files.signs else 0.0 for sign in ("readme", "licence", "tests", "ci")},
    )


def _last_months(now: datetime) -> list[str]:
    """The months of the last year, this one included, as `2026-11`."""
    first = now.year * 12 + now.month - 1
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(first - 11, first + 1)]
