"""Plots of curves: polarisation with power, voltammograms, impedance spectra; a few curves to a plot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from research.experiments.curves import Curve, turns
from research.experiments.plots import GREY, WIDTH, Plot, axis, colours, drawing, svg_of, thinned
from research.experiments.readings import Readings
from research.experiments.shown import Measure, plain, suited
from research.experiments.signals import Signals, as_source, main_column, unit_of

if TYPE_CHECKING:
    import numpy as np

CURVES_OF_PLOT: Final = 9
MOST_PLOTS: Final = 8
Known = dict[str, Measure]


def polarisation_plots(signals: Signals, curves: Sequence[Curve], known: Known, fits: dict[str, Any]) -> list[Plot]:
    """Voltage and power over current; the highest power is marked, and the fitted line of a single curve."""
    name = "current_density" if signals.current_density is not None else "current"
    power = "power_density" if name == "current_density" else "power"
    if signals.voltage is None or getattr(signals, name) is None:
        return []
    x = suited(unit_of(name), largest(getattr(signals, name)), known)
    u = suited("V", largest(signals.voltage), known)
    p = suited(unit_of(power), largest(getattr(signals, power)), known)
    plots = []
    for title, part in portions("Polarisation and power", curves):
        with drawing(WIDTH, 3.9 + (0.16 * len(part) if len(part) > 1 else 0)) as figure:
            left, right = figure.subplots(1, 2)
            for colour, curve in zip(colours(len(part)), part, strict=True):
                draw_polarisation((left, right), as_source(signals.where(curve.rows)), (name, power), (x, u, p), colour)
            if len(curves) == 1 and (fit := fits.get(curves[0].name)):
                draw_fit(left, fit, x, u)
            left.set(xlabel=axis(words(name), x), ylabel=axis("voltage", u), title="Polarisation")
            right.set(xlabel=axis(words(name), x), ylabel=axis(words(power), p), title="Power")
            for panel in (left, right):
                panel.margins(x=0.03)
            right.set_ylim(bottom=min(0.0, right.get_ylim()[0]))
            legend(figure, left, part)
            plots.append(Plot(title, "The highest power of each curve is marked by a ring.", svg_of(figure)))
    return plots


def draw_polarisation(
    panels: tuple[Any, Any], signals: Signals, names: tuple[str, str], units: tuple[Measure, ...], colour: Any
) -> None:
    """Draw one curve in both panels, in the order of its currents."""
    import numpy as np

    current, power = getattr(signals, names[0]), getattr(signals, names[1])
    assert signals.voltage is not None
    order = np.argsort(-signals.voltage, kind="stable")
    (left, right), (x, u, p) = panels, units
    marker = {"marker": "o", "markersize": 3} if len(order) <= 60 else {}
    left.plot(*thinned(shown(current, x)[order], shown(signals.voltage, u)[order]), color=colour, **marker)
    right.plot(*thinned(shown(current, x)[order], shown(power, p)[order]), color=colour, **marker)
    if not np.isnan(power).all():
        k = int(np.nanargmax(power))
        ring = {"marker": "o", "markersize": 8, "markerfacecolor": "none", "linestyle": "", "color": colour}
        right.plot([x.of(current[k])], [p.of(power[k])], **ring)


def draw_fit(panel: Any, fit: dict[str, float], x: Measure, u: Measure) -> None:
    """Draw the line whose slope is the internal resistance, a little beyond the range in which it was fitted."""
    ends = [fit["low"], fit["high"]]
    volts = [fit["intercept"] - fit["resistance"] * end for end in ends]
    panel.plot(
        [x.of(end) for end in ends],
        [u.of(volt) for volt in volts],
        color=GREY,
        linestyle="--",
        linewidth=2.2,
        alpha=0.8,
    )
    panel.annotate(
        "ohmic region",
        (x.of(sum(ends) / 2), u.of(sum(volts) / 2)),
        xytext=(10, 8),
        textcoords="offset points",
        color=GREY,
        fontsize=8,
    )


def voltammogram_plots(signals: Signals, known: Known, peaks: Sequence[tuple[float, float]]) -> list[Plot]:
    """Current over potential, one colour for each cycle, the peaks marked."""
    name = "current" if signals.current is not None else "current_density"
    current = getattr(signals, name)
    if signals.voltage is None or current is None:
        return []
    x, y = suited("V", largest(signals.voltage), known), suited(unit_of(name), largest(current), known)
    legs = turns(signals.voltage)
    cycles = [legs[k : k + 2] for k in range(0, len(legs), 2)][:CURVES_OF_PLOT]
    with drawing(WIDTH * 0.75, 4.2) as figure:
        panel = figure.subplots()
        for number, (colour, cycle) in enumerate(zip(colours(len(cycles)), cycles, strict=True), start=1):
            for k, leg in enumerate(cycle):
                e, i = shown(signals.voltage[leg], x), shown(current[leg], y)
                panel.plot(*every(e, i), color=colour, label=f"cycle {number}" if k == 0 else None)
        for potential, height in peaks:
            panel.plot([x.of(potential)], [y.of(height)], marker="o", markersize=8, markerfacecolor="none", color=GREY)
        panel.axhline(0, color="#aab2bf", linewidth=0.8)
        panel.set(xlabel=axis("potential", x), ylabel=axis(words(name), y))
        if len(cycles) > 1:
            panel.legend()
        return [
            Plot(
                "Voltammogram", "The peaks of each cycle are marked by rings; no baseline is taken off.", svg_of(figure)
            )
        ]


def impedance_plots(readings: Readings, curves: Sequence[Curve], known: Known) -> list[Plot]:
    """The spectra in the complex plane, the imaginary part upwards as is usual for it."""
    import numpy as np

    places = [main_column(readings, name) for name in ("impedance_real", "impedance_imag")]
    if places[0] is None or places[1] is None:
        return []
    real, imaginary = readings.values[places[0]], readings.values[places[1]]
    # Instruments give either sign; capacitive arcs are drawn upwards.
    upwards = -1.0 if np.nanmedian(imaginary) < 0 else 1.0
    measure = suited("ohm", largest(real), known)
    plots = []
    for title, part in portions("Impedance", curves):
        with drawing(WIDTH, 4.2 + (0.16 * len(part) if len(part) > 1 else 0)) as figure:
            panel = figure.subplots()
            for colour, curve in zip(colours(len(part)), part, strict=True):
                x, y = shown(real[curve.rows], measure), upwards * shown(imaginary[curve.rows], measure)
                panel.plot(x, y, color=colour, marker="o", markersize=2.5)
            panel.set(xlabel=axis("real part", measure), ylabel=axis("− imaginary part", measure))
            panel.set_aspect("equal", adjustable="datalim")
            legend(figure, panel, part)
            plots.append(Plot(title, "Complex plane; high frequency on the left.", svg_of(figure)))
    return plots


def portions(title: str, curves: Sequence[Curve]) -> Iterator[tuple[str, Sequence[Curve]]]:
    """The curves in portions of one plot each, the titles saying which; what is too much for a report is left out."""
    parts = [curves[k : k + CURVES_OF_PLOT] for k in range(0, len(curves), CURVES_OF_PLOT)]
    for number, part in enumerate(parts[:MOST_PLOTS]):
        first = number * CURVES_OF_PLOT + 1
        yield title if len(parts) == 1 else f"{title}, curves {first} to {first + len(part) - 1} of {len(curves)}", part


def legend(figure: Any, panel: Any, curves: Sequence[Curve]) -> None:
    """Name the curves below the plot, where there are several."""
    if len(curves) > 1:
        lines = panel.get_lines()[: len(curves)]
        names = [plain(curve.name, 110) for curve in curves]
        figure.legend(lines, names, loc="outside lower center", ncols=2 if max(map(len, names)) < 46 else 1)


def shown(values: np.ndarray, measure: Measure) -> np.ndarray:
    """Values in SI in the unit of the axis."""
    return (values - measure.offset) / measure.factor


def every(x: np.ndarray, y: np.ndarray, most: int = 3_000) -> tuple[np.ndarray, np.ndarray]:
    """A smooth line of very many points by every n-th one."""
    step = max(1, len(x) // most)
    return x[::step], y[::step]


def largest(values: np.ndarray | None) -> float:
    """The largest size of a signal."""
    import numpy as np

    return 0.0 if values is None or np.isnan(values).all() else float(np.nanmax(np.abs(values)))


def words(name: str) -> str:
    """The name of a signal on an axis."""
    return name.replace("_", " ")
