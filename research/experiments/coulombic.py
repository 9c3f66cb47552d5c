"""Coulombic efficiency: the share of the electrons in the substrate that came as current."""

from __future__ import annotations

from typing import Any, Final

from research.experiments.given import Given
from research.experiments.metric import LOGAN, Metric

FARADAY: Final = 96_485.33212  # C/mol, exact by the SI of 2019
OXYGEN: Final = 0.031998  # kg/mol of O2, by which chemical oxygen demand counts
ELECTRONS_OF_OXYGEN: Final = 4


def coulombic_efficiency(charge: float | None, current: float | None, given: Given) -> list[Metric]:
    """The coulombic efficiency, by what is known of the substrate (Logan et al. 2006, "Coulombic efficiency").

    Fed-batch: M Q / (F b v dCOD); continuous: M I / (F b q dCOD); by moles: Q / (F n z). M and b are mass and electrons
    of O2, Q the charge, I the mean current, v the volume, q the flow, n and z moles and electrons of the substrate.
    """
    methods = {
        "fed-batch: M(O2) Q / (F b v ΔCOD)": fed_batch(charge, given),
        "continuous: M(O2) I / (F b q ΔCOD)": continuous(current, given),
        "by moles: Q / (F n z)": by_moles(charge, given),
    }
    inputs: dict[str, Any] = {
        "charge_C": charge,
        "mean_current_A": current,
        "given": given.names("cod_change", "volume", "flow_rate", "substrate"),
    }
    found = [
        Metric("coulombic_efficiency", value, "1", method, LOGAN, inputs=inputs | {"electrons": given.electrons})
        for method, value in methods.items()
        if value is not None
    ]
    if found:
        return found
    why = (
        "no current over time is known" if charge is None else "give cod_change with volume or flow_rate, or substrate"
    )
    return [Metric("coulombic_efficiency", None, "1", "", LOGAN, inputs=inputs, missing=why)]


def fed_batch(charge: float | None, given: Given) -> float | None:
    """M Q / (F b v dCOD), for a batch whose charge is known."""
    if charge is None or given.volume is None or given.cod_change is None:
        return None
    return OXYGEN * charge / (FARADAY * ELECTRONS_OF_OXYGEN * given.volume * given.cod_change)


def continuous(current: float | None, given: Given) -> float | None:
    """M I / (F b q dCOD), for a flow through the cell."""
    if current is None or given.flow_rate is None or given.cod_change is None:
        return None
    return OXYGEN * current / (FARADAY * ELECTRONS_OF_OXYGEN * given.flow_rate * given.cod_change)


def by_moles(charge: float | None, given: Given) -> float | None:
    """Q / (F n z), for a known amount of a known substrate."""
    if charge is None or given.substrate is None:
        return None
    return charge / (FARADAY * given.substrate * given.electrons)
