"""Impedance spectra: the resistance at high frequency, by curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from research.experiments.curves import Curve
from research.experiments.metric import Metric
from research.experiments.readings import Readings
from research.experiments.signals import main_column

if TYPE_CHECKING:
    import numpy as np

ORAZEM: Final = "Orazem and Tribollet, Electrochemical Impedance Spectroscopy, 2nd ed., Wiley 2017"
METHOD: Final = "real part where the imaginary part is zero, else the lowest real part (the spectrum ends before that)"


def impedance_metrics(readings: Readings, curve: Curve) -> list[Metric]:
    """The high-frequency resistance, that of electrolyte, membrane and leads, and the extent of the spectrum."""
    import numpy as np

    places = [main_column(readings, name) for name in ("impedance_real", "impedance_imag")]
    if places[0] is None or places[1] is None:
        why = "real and imaginary impedance in known units are needed"
        return [Metric("high_frequency_resistance", None, "ohm", METHOD, ORAZEM, curve.name, missing=why)]
    real, imaginary = readings.values[places[0]][curve.rows], readings.values[places[1]][curve.rows]
    known = ~(np.isnan(real) | np.isnan(imaginary))
    real, imaginary = real[known], imaginary[known]
    inputs: dict[str, Any] = {"points": len(real), "conditions": curve.conditions}
    if not len(real):
        return [
            Metric("high_frequency_resistance", None, "ohm", METHOD, ORAZEM, curve.name, inputs, "no point is complete")
        ]
    value, crossed = intercept(real, imaginary)
    inputs["crosses_axis"] = crossed
    extent = Metric(
        "impedance_extent", float(np.ptp(real)), "ohm", "highest less lowest real part", ORAZEM, curve.name, inputs
    )
    return [Metric("high_frequency_resistance", value, "ohm", METHOD, ORAZEM, curve.name, inputs), extent]


def intercept(real: np.ndarray, imaginary: np.ndarray) -> tuple[float, bool]:
    """The real part on the axis at the end of high frequency, and whether the spectrum gets there."""
    import numpy as np

    order = np.argsort(real, kind="stable")
    real, imaginary = real[order], imaginary[order]
    # Beyond the top of the arc lies low frequency, where an inductive loop crosses the axis as well.
    top = int(np.argmax(np.abs(imaginary)))
    crossings = np.flatnonzero(np.sign(imaginary[:top]) * np.sign(imaginary[1 : top + 1]) < 0)
    if not len(crossings):
        return float(real[0]), False
    k = int(crossings[0])
    share = imaginary[k] / (imaginary[k] - imaginary[k + 1])
    return float(real[k] + share * (real[k + 1] - real[k])), True
