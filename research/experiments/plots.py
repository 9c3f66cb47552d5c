"""Plots of an experiment as SVG, drawn by matplotlib without a screen; its settings are those of the whole process."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from research.experiments.shown import Measure, plain

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which people who see few colours can tell apart, without the yellow that hardly shows.
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F6A00", "#6A3D9A")
GREY: Final = "#5f6673"
RED: Final = "#c0392b"
MOST_POINTS: Final = 2_000
WIDTH: Final = 8.6
STYLE: Final[Any] = {
    # A name with dollar signs in it is a name, not a formula.
    "text.parse_math": False,
    "text.usetex": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "callboard",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": "#aab2bf",
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 9,
    "axes.unicode_minus": True,
    "grid.color": "#e4e8ee",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.3,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "axes.labelcolor": "#1d2330",
}


@dataclass(frozen=True)
class Plot:
    """A plot: what it shows, in words as well, and its drawing as SVG."""

    title: str
    caption: str
    svg: bytes


@dataclass(frozen=True)
class Line:
    """A line to draw: its name, and its points in SI."""

    name: str
    x: np.ndarray
    y: np.ndarray


@contextmanager
def drawing(width: float, height: float) -> Iterator[Figure]:
    """A figure of its own in our style; names in scripts that the font lacks are drawn as boxes, without a warning."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=(width, height), layout="constrained")
        try:
            yield figure
        finally:
            figure.clear()


def svg_of(figure: Figure) -> bytes:
    """The drawing as SVG, without a date, so that the same readings give the same bytes."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def thinned(x: np.ndarray, y: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """A line of very many points as the lowest and highest of each stretch, so that no peak is lost; gaps stay gaps."""
    import numpy as np

    if len(x) <= most:
        return x, y
    keep: list[int] = []
    for part in np.array_split(np.arange(len(x)), most // 3):
        values = y[part]
        if np.isnan(values).all():
            keep.append(int(part[0]))
            continue
        ends = {int(part[np.nanargmin(values)]), int(part[np.nanargmax(values)])}
        gap = np.flatnonzero(np.isnan(values))
        keep += sorted(ends | ({int(part[gap[0]])} if len(gap) else set()))
    return x[keep], y[keep]


def broken(x: np.ndarray, y: np.ndarray, gap_over: float) -> tuple[np.ndarray, np.ndarray]:
    """A line that is interrupted at its gaps, by a point without a value."""
    import numpy as np

    after = np.flatnonzero(np.diff(x) > gap_over)
    return np.insert(x, after + 1, x[after]), np.insert(y, after + 1, np.nan)


def label(axes: Axes, x: str, y: str) -> None:
    """Name the axes."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def axis(name: str, measure: Measure) -> str:
    """The name of an axis with its unit."""
    return f"{plain(name, 40)} ({measure.unit})" if measure.unit else plain(name, 40)


def colours(count: int) -> Sequence[Any]:
    """As many colours as there are lines."""
    if count <= len(COLOURS):
        return COLOURS[:count]
    from matplotlib import colormaps

    return [colormaps["viridis"](k / (count - 1) * 0.92) for k in range(count)]
