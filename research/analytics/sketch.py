"""Numbers about very many values in little memory: moments, quantiles, distinct values, the most frequent ones."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

ACCURACY: Final = 0.01
GAMMA: Final = (1 + ACCURACY) / (1 - ACCURACY)
LOG_GAMMA: Final = math.log(GAMMA)
KEPT: Final = 1_024
HASHES: Final = 2**64


@dataclass(slots=True)
class Numbers:
    """Count, extremes, mean and deviation; quantiles exactly up to 1,024 distinct values, to within 1 % beyond.

    Mean and deviation by Welford, Technometrics 4 (1962) 419; quantiles by logarithmic bins, "DDSketch", Masson, Rim
    and Lee, PVLDB 12 (2019) 2195.
    """

    count: int = 0
    least: float = math.inf
    most: float = -math.inf
    mean: float = 0.0
    squares: float = 0.0
    # By value while these are few, by bin from then on.
    values: Counter[float] = field(default_factory=Counter)
    bins: Counter[tuple[int, int]] = field(default_factory=Counter)

    def add(self, value: float) -> None:
        """Take one value into account; it must be finite."""
        self.count += 1
        self.least, self.most = min(self.least, value), max(self.most, value)
        away = value - self.mean
        self.mean += away / self.count
        self.squares += away * (value - self.mean)
        if self.bins:
            self.bins[_bin(value)] += 1
            return
        self.values[value] += 1
        if len(self.values) > KEPT:
            for known, times in self.values.items():
                self.bins[_bin(known)] += times
            self.values.clear()

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation, None below two values."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else None

    def quantile(self, share: float) -> float | None:
        """The value below which this share of the values lies, by nearest rank; None without any."""
        reached = 0
        for value, times in self._ordered():
            reached += times
            if reached >= share * self.count:
                return min(max(value, self.least), self.most)
        return None

    def _ordered(self) -> list[tuple[float, int]]:
        if not self.bins:
            return sorted(self.values.items())
        ordered = sorted(self.bins.items(), key=lambda item: item[0][0] * (item[0][1] + 10**6))
        return [(_middle(sign, power), times) for (sign, power), times in ordered]


def _bin(value: float) -> tuple[int, int]:
    """Sign and exponent of the bin of a value; all values of a bin are within 1 % of its middle."""
    if not value:
        return 0, 0
    return (1 if value > 0 else -1), math.ceil(math.log(abs(value)) / LOG_GAMMA)


def _middle(sign: int, power: int) -> float:
    return sign * 2 * GAMMA**power / (GAMMA + 1) if sign else 0.0


@dataclass(slots=True)
class Words:
    """How many values are distinct, and which are the most frequent; exact up to 1,024 distinct ones, about beyond.

    Distinct ones by the k smallest hashes, Bar-Yossef et al., RANDOM 2002, to about 3 %; frequent ones by Misra and
    Gries, Sci. Comput. Program. 2 (1982) 143, whose counts are too low by at most the 1,025th of all values.
    """

    total: int = 0
    lost: int = 0
    _counts: dict[int, int] = field(default_factory=dict)
    _shown: dict[int, str] = field(default_factory=dict)
    _largest_first: list[int] = field(default_factory=list)
    _kept: set[int] = field(default_factory=set)

    def add(self, text: str) -> None:
        """Take one value into account."""
        self.total += 1
        key = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
        self._note_hash(key)
        if key in self._counts:
            self._counts[key] += 1
        elif len(self._counts) < KEPT:
            self._counts[key], self._shown[key] = 1, text[:100]
        else:
            self._thin_out()

    @property
    def distinct(self) -> int:
        """How many distinct values there were."""
        if len(self._kept) < KEPT:
            return len(self._kept)
        return round((KEPT - 1) * HASHES / -self._largest_first[0])

    @property
    def exact(self) -> bool:
        """Whether both numbers are exact."""
        return len(self._kept) < KEPT and not self.lost

    def top(self, number: int) -> list[tuple[str, int]]:
        """The most frequent values with how often they came, the most frequent first."""
        best = heapq.nlargest(number, self._counts.items(), key=lambda item: (item[1], self._shown[item[0]]))
        return [(self._shown[key], count) for key, count in best]

    def _note_hash(self, key: int) -> None:
        if key in self._kept:
            return
        if len(self._kept) < KEPT:
            heapq.heappush(self._largest_first, -key)
            self._kept.add(key)
        elif key < -self._largest_first[0]:
            self._kept.discard(-heapq.heappushpop(self._largest_first, -key))
            self._kept.add(key)

    def _thin_out(self) -> None:
        self.lost += 1
        for key in [*self._counts]:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key], self._shown[key]
