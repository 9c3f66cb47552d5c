"""Polarisation curves: open circuit, most power, internal resistance by two methods, limiting current."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from research.experiments.curves import Curve
from research.experiments.metric import DEFINITION, HAYRE, LOGAN, Metric
from research.experiments.ohmic import Ohmic, ohmic_region
from research.experiments.shown import figures, suited
from research.experiments.signals import Signals, unit_of

if TYPE_CHECKING:
    import numpy as np

LEAST_POINTS: Final = 4
# A current below one hundredth of the highest one is taken for none: the meter itself draws some.
OPEN_SHARE: Final = 0.01
STEEPER: Final = 1.5


@dataclass(frozen=True)
class Branch:
    """The curve from the highest voltage to the highest current: where both fall back afterwards it overshoots.

    `x` is the current density in A/m² or the current in A, in rising order, `u` the voltage in V.
    """

    x: np.ndarray
    u: np.ndarray
    name: str
    overshoot: bool


def polarisation_metrics(signals: Signals, curve: Curve) -> list[Metric]:
    """The metrics of one polarisation curve, those that cannot be found with the reason."""
    about = {"points": len(curve.rows), "conditions": curve.conditions}
    branch = branch_of(signals)
    if branch is None:
        why = f"a curve needs {LEAST_POINTS} points with voltage and current in known units"
        return [Metric("max_power_density", None, "W/m**2", "", DEFINITION, curve.name, about, why)]
    ohmic = ohmic_region(branch.x, branch.u)
    return [
        *most_power(signals, curve.name, about),
        *voltages(signals, branch, curve.name),
        *slope(signals, branch, ohmic, curve.name),
        *power_peak(signals, branch, curve.name),
        *currents(branch, ohmic, curve.name),
    ]


def branch_of(signals: Signals) -> Branch | None:
    """The branch of a curve on which the current rises while the voltage falls, None for too few points."""
    import numpy as np

    name = "current_density" if signals.current_density is not None else "current"
    current = getattr(signals, name)
    if signals.voltage is None or current is None:
        return None
    known = ~(np.isnan(signals.voltage) | np.isnan(current))
    order = np.argsort(-signals.voltage[known], kind="stable")
    x, u = current[known][order], signals.voltage[known][order]
    if len(x) < LEAST_POINTS or np.ptp(x) == 0:
        return None
    peak = int(np.argmax(x))
    overshoot = len(x) - 1 - peak >= 2 and x[-1] < 0.9 * x[peak]
    rising = np.argsort(x[: peak + 1], kind="stable")
    return Branch(x[: peak + 1][rising], u[: peak + 1][rising], name, bool(overshoot))


def most_power(signals: Signals, curve: str, about: dict[str, Any]) -> list[Metric]:
    """The highest power and power density that were measured, with the point where they were.

    Power is P = U I; power density is P divided by the electrode area (Logan et al. 2006).
    """
    import numpy as np

    metrics = []
    for name in ("power_density", "power"):
        values = getattr(signals, name)
        if values is None or np.isnan(values).all():
            why = "no electrode area is known; give electrode_area" if signals.voltage is not None else "no voltage"
            metrics.append(Metric(f"max_{name}", None, unit_of(name), "", LOGAN, curve, about, why))
            continue
        k = int(np.nanargmax(values))
        at = {
            one: float(getattr(signals, one)[k])
            for one in ("voltage", "current", "current_density")
            if getattr(signals, one) is not None
        }
        method = f"highest value of {(signals.columns or {})[name]}"
        line = int(signals.lines[k]) if signals.lines is not None else None
        metrics.append(
            Metric(
                f"max_{name}",
                float(values[k]),
                unit_of(name),
                method,
                LOGAN,
                curve,
                {**about, "at": at, "line": line, "columns": signals.origin(name)},
            )
        )
    return metrics


def voltages(signals: Signals, branch: Branch, curve: str) -> list[Metric]:
    """The highest voltage, and the open-circuit voltage where a point was measured without current."""
    x, u = branch.x, branch.u
    top = int(u.argmax())
    inputs = {"at": {branch.name: float(x[top])}, "columns": signals.origin("voltage")}
    highest = Metric("highest_voltage", float(u[top]), "V", "highest value", DEFINITION, curve, inputs)
    none = abs(x) <= OPEN_SHARE * abs(x).max()
    method = f"highest voltage at a current below {OPEN_SHARE:.0%} of the highest one"
    if none.any():
        value = float(u[none].max())
        return [Metric("open_circuit_voltage", value, "V", method, LOGAN, curve, inputs), highest]
    lowest, most = suited(unit_of(branch.name), x.min(), {}).text(x.min()), figures(float(u[top]))
    why = f"no point was measured without current; the lowest one is {lowest}, so that it is over {most} V"
    return [Metric("open_circuit_voltage", None, "V", method, LOGAN, curve, inputs, why), highest]


def slope(signals: Signals, branch: Branch, ohmic: Ohmic | None, curve: str) -> list[Metric]:
    """The internal resistance as the slope of the linear region: R = -dU/dI (Logan et al. 2006, polarisation slope)."""
    method = (
        "polarisation slope: least squares over the ohmic region, the widest range of current on which "
        "the curve is a line (r² of at least 0.995, else the straightest)"
    )
    if ohmic is None:
        why = "no range of four points and a quarter of the currents is a falling line with r² over 0.95"
        return both("internal_resistance", None, branch, signals, (method, LOGAN, curve, {}, why))
    inputs = {
        "r_squared": ohmic.r_squared,
        "points": ohmic.points,
        "from": {branch.name: ohmic.low},
        "to": {branch.name: ohmic.high},
        "intercept_V": ohmic.intercept,
        "columns": signals.origin("voltage", branch.name),
    }
    return both("internal_resistance", ohmic.resistance, branch, signals, (method, LOGAN, curve, inputs, None))


def power_peak(signals: Signals, branch: Branch, curve: str) -> list[Metric]:
    """The internal resistance as U / I at the highest power, where both are equal (Logan et al. 2006, power peak).

    It holds by the theorem of maximum power transfer, for a curve that is about a line.
    """
    import numpy as np

    method = "power density peak: voltage by current at the highest power, where load and internal resistance are equal"
    power = branch.x * branch.u
    k = int(np.argmax(power))
    inputs = {"at": {branch.name: float(branch.x[k]), "voltage": float(branch.u[k])}}
    if k == len(power) - 1 and not branch.overshoot:
        why = "the power still rises at the highest current, so its peak was not reached"
        return both("internal_resistance_power_peak", None, branch, signals, (method, LOGAN, curve, inputs, why))
    if branch.x[k] <= 0:
        why = "no point of the curve has a current"
        return both("internal_resistance_power_peak", None, branch, signals, (method, LOGAN, curve, inputs, why))
    value = float(branch.u[k] / branch.x[k])
    return both("internal_resistance_power_peak", value, branch, signals, (method, LOGAN, curve, inputs, None))


def both(
    name: str,
    value: float | None,
    branch: Branch,
    signals: Signals,
    rest: tuple[str, str, str, dict[str, Any], str | None],
) -> list[Metric]:
    """A resistance for the area (ohm m²) and for the cell (ohm), as far as the electrode area is known."""
    method, source, curve, inputs, why = rest
    dense = branch.name == "current_density"
    area = area_of(signals) if dense else None
    whole = value if not dense else value / area if value is not None and area else None
    missing = why if value is None else None if whole is not None else "no electrode area is known; give electrode_area"
    metrics = [Metric(name, whole, "ohm", method, source, curve, inputs, missing)]
    if dense:
        metrics.append(Metric(f"area_specific_{name}", value, "ohm*m**2", method, source, curve, inputs, why))
    return metrics


def area_of(signals: Signals) -> float | None:
    """The electrode area, from current and current density of the same rows."""
    import numpy as np

    if signals.current is None or signals.current_density is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        areas = signals.current / signals.current_density
    areas = areas[np.isfinite(areas)]
    return float(np.median(areas)) if len(areas) else None


def currents(branch: Branch, ohmic: Ohmic | None, curve: str) -> list[Metric]:
    """The highest current measured, and the limiting one, by a line through the last points to no voltage.

    The limiting current is that at which transport of mass lets the voltage fall to zero (O'Hayre et al., ch. 5).
    """
    import numpy as np

    unit, x, u = unit_of(branch.name), branch.x, branch.u
    highest = Metric(f"highest_{branch.name}", float(x[-1]), unit, "highest value", DEFINITION, curve)
    method = "line through the last three points, followed to a voltage of zero"
    name = f"limiting_{branch.name}"
    if branch.overshoot:
        why = "current and voltage fall together at the end (power overshoot), so no limit is approached"
        return [highest, Metric(name, None, unit, method, HAYRE, curve, {}, why)]
    fall, intercept = np.polyfit(x[-3:], u[-3:], 1) if np.ptp(x[-3:]) > 0 else (0.0, 0.0)
    inputs = {"slope_ohm": float(-fall), "ohmic_slope": ohmic.resistance if ohmic else None}
    if ohmic is None or -fall < STEEPER * ohmic.resistance:
        why = f"the curve does not bend down at its end (slope below {STEEPER:g} times that of the ohmic region)"
        return [highest, Metric(name, None, unit, method, HAYRE, curve, inputs, why)]
    return [highest, Metric(name, float(-intercept / fall), unit, method, HAYRE, curve, inputs)]
