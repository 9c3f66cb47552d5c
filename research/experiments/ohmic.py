"""The ohmic region of a polarisation curve: the range of currents on which it is a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

LEAST_POINTS: Final = 4
LEAST_SHARE: Final = 0.25
STRAIGHT: Final = 0.995
HARDLY: Final = 0.95
MOST_POINTS: Final = 200


@dataclass(frozen=True, slots=True)
class Ohmic:
    """A line through part of a curve: its slope as a resistance, its voltage at no current, how good, and where."""

    resistance: float
    intercept: float
    r_squared: float
    points: int
    low: float
    high: float


def ohmic_region(x: np.ndarray, u: np.ndarray) -> Ohmic | None:
    """The widest range of `x` (currents in rising order) on which `u` falls along a line, None where there is none.

    A range has at least four points and a quarter of the currents. Of those with r² of 0.995 the widest counts, which
    leaves out the bends of activation at low and of mass transport at high currents; without one the straightest.
    """
    x, u = thinned(x, u)
    lines = [
        line
        for start in range(len(x) - LEAST_POINTS + 1)
        for end in range(start + LEAST_POINTS, len(x) + 1)
        if x[end - 1] - x[start] >= LEAST_SHARE * (x[-1] - x[0])
        and (line := fitted(x[start:end], u[start:end])) is not None
        and line.r_squared >= HARDLY
    ]
    straight = [line for line in lines if line.r_squared >= STRAIGHT]
    if straight:
        return max(straight, key=lambda line: (line.high - line.low, line.r_squared))
    return max(lines, key=lambda line: line.r_squared, default=None)


def thinned(x: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A curve of very many points as means of neighbours, so that all ranges can be tried."""
    import numpy as np

    if len(x) <= MOST_POINTS:
        return x, u
    parts = np.array_split(np.arange(len(x)), MOST_POINTS)
    return np.array([x[part].mean() for part in parts]), np.array([u[part].mean() for part in parts])


def fitted(x: np.ndarray, u: np.ndarray) -> Ohmic | None:
    """The line of least squares, None for one that does not fall."""
    width, spread = x - x.mean(), u - u.mean()
    squares, total = float(width @ width), float(spread @ spread)
    if not squares or not total:
        return None
    slope = float(width @ spread) / squares
    if slope >= 0:
        return None
    r_squared = min(1.0, float(width @ spread) ** 2 / (squares * total))
    return Ohmic(-slope, float(u.mean() - slope * x.mean()), r_squared, len(x), float(x[0]), float(x[-1]))
