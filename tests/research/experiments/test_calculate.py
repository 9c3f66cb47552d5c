"""What readings amount to: as a correct analysis of real files has it, and for cells whose answers are known."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from research.experiments.errors import NotCalculable
from research.experiments.given import given_from
from research.experiments.ohmic import ohmic_region
from research.experiments.plots import thinned
from tests.research.experiments.files import (
    DBFC,
    DBFC_NOTES,
    PEM,
    PEM_NOTES,
    SOIL,
    SOIL_WITH_GAPS,
    calculated,
    read,
    values,
)

# Conditions, points, highest power density (mW/cm²) at which current density (mA/cm²), highest voltage (V).
PEM_CURVES = [
    (5, 30, 15, 463.0, 908.0, 0.948),
    (5, 50, 16, 512.0, 971.0, 0.98),
    (5, 100, 13, 524.0, 838.0, 0.977),
    (15, 30, 16, 544.0, 1140.0, 0.977),
    (15, 50, 16, 677.0, 1280.0, 0.983),
    (15, 100, 15, 155.0, 226.0, 0.973),
    (25, 30, 16, 634.0, 1200.0, 0.977),
    (25, 50, 16, 777.0, 1340.0, 0.982),
    (25, 100, 16, 226.0, 311.0, 0.978),
]


def table(path: Path, header: str, rows: list[tuple[Any, ...]]) -> Path:
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def test_energy_power_and_voltage_of_a_soil_cell() -> None:
    found = values(calculated(read(SOIL)))
    assert found["max_power"] == pytest.approx(66.909604e-6, abs=1e-11)
    assert found["median_voltage"] == pytest.approx(184.826746e-3, abs=1e-8)
    assert found["lowest_voltage"] == pytest.approx(-4.512847, abs=1e-6)
    assert found["energy"] == pytest.approx(10.831014, abs=1e-6)


def test_what_lies_in_gaps_is_no_energy_unless_one_asks_for_it() -> None:
    found = values(calculated(read(SOIL_WITH_GAPS)))
    assert found["energy"] == pytest.approx(17.662043, abs=1e-6)
    assert found["energy_across_gaps"] == pytest.approx(21.034774, abs=1e-6)


def test_each_curve_of_a_file_has_its_most_power_whichever_way_its_current_goes() -> None:
    found = calculated(read(PEM, PEM_NOTES))
    most = {tuple(m.inputs["conditions"].values()): m for m in found.metrics if m.name == "max_power_density"}
    highest = {metric.curve: metric.value for metric in found.metrics if metric.name == "highest_voltage"}
    assert (found.kind, found.checks["power_differs_by_over_3_percent"]) == ("polarisation", 0)
    rows = [
        (*at, m.inputs["points"], (m.value or 0) / 10, m.inputs["at"]["current_density"] / 10, highest[m.curve])
        for at, m in most.items()
    ]
    assert rows == [pytest.approx(row) for row in PEM_CURVES]


def test_the_electrode_area_of_the_notes_gives_power_and_resistance_of_the_cell() -> None:
    found = calculated(read(DBFC, DBFC_NOTES))
    assert found.curves == ["catalyst loading 8.8 mg/cm2", "catalyst loading 17.7 mg/cm2"]
    of_first = values(found, found.curves[0])
    assert of_first["max_power_density"] == pytest.approx(982.93)
    assert of_first["max_power"] == pytest.approx(982.93 * 4.5e-4, rel=1e-4)
    per_area, whole = of_first["area_specific_internal_resistance"], of_first["internal_resistance"]
    assert (per_area or 0) / (whole or 1) == pytest.approx(4.5e-4)


def test_a_cell_of_known_resistance_is_measured_right_by_both_methods(tmp_path: Path) -> None:
    loads = [1e9, 1000, 500, 300, 200, 150, 120, 100, 80, 60, 50, 20]
    path = table(tmp_path / "r.csv", "R_ext (ohm),Voltage (mV)", [(r, 600 * r / (r + 150)) for r in loads])
    found = calculated(read(path), electrode_area="10 cm2")
    one = values(found)
    assert one["open_circuit_voltage"] == pytest.approx(0.6, rel=1e-6)
    assert one["internal_resistance"] == pytest.approx(150, rel=1e-3)
    assert one["internal_resistance_power_peak"] == pytest.approx(150, rel=1e-3)
    assert one["max_power_density"] == pytest.approx(0.3**2 / 150 / 1e-3, rel=1e-3)
    (fit,) = [metric for metric in found.metrics if metric.name == "internal_resistance"]
    assert fit.inputs["r_squared"] > 0.999
    assert "Logan et al." in fit.source


def test_the_ohmic_region_leaves_out_the_bends_at_both_ends() -> None:
    x = np.linspace(0.01, 1.0, 40)
    u = 1.0 - 0.05 * np.log(x / 0.001) - 0.4 * x + 0.08 * np.log(np.maximum(1e-6, 1 - x / 1.02))
    found = ohmic_region(x, u)
    assert found
    assert found.low > x[0]
    assert found.high < x[-1]
    assert 0.4 < found.resistance < 0.75
    assert ohmic_region(x, np.sin(20 * x)) is None


def test_a_curve_that_is_swept_up_and_down_is_two(tmp_path: Path) -> None:
    up = [(x / 10, 0.7 - 0.02 * x) for x in range(30)]
    down = [(x / 10, 0.68 - 0.02 * x) for x in reversed(range(30))]
    found = calculated(read(table(tmp_path / "s.csv", "Current (mA),Voltage (V)", [*up, *down])))
    assert found.curves == ["sweep 1, falling", "sweep 2, rising"]
    assert [values(found, curve)["open_circuit_voltage"] for curve in found.curves] == pytest.approx([0.7, 0.68])


def test_a_discharge_current_counted_as_negative_gives_power(tmp_path: Path) -> None:
    rows = [(-x, 0.7 - 0.0004 * x) for x in range(0, 1600, 100)]
    found = values(calculated(read(table(tmp_path / "n.csv", "j / mA m-2,E_cell / V", rows))))
    assert found["max_power_density"] == pytest.approx(0.9 * 0.34)
    assert found["area_specific_internal_resistance"] == pytest.approx(0.4)


def test_a_metric_that_cannot_be_found_says_why() -> None:
    missing = {metric.name: metric.missing for metric in calculated(read(PEM, PEM_NOTES)).metrics if metric.missing}
    assert missing["max_power"] == "no electrode area is known; give electrode_area"
    assert "no point was measured without current; the lowest one is 36" in (missing["open_circuit_voltage"] or "")
    without = {m.name: m.missing for m in calculated(read(PEM)).metrics if m.missing}
    assert without["mean_voltage"] == "no voltage was measured"


def test_coulombic_efficiency_in_its_three_ways(tmp_path: Path) -> None:
    hours = [(hour, 1.0) for hour in range(25)]
    found = read(table(tmp_path / "c.csv", "time (h),Current (mA)", hours))
    batch = values(calculated(found, cod_change="350 mg/L", volume="28 mL"))["coulombic_efficiency"]
    assert batch == pytest.approx(0.031998 * 86.4 / (96485.33212 * 4 * 28e-6 * 0.35))
    moles = values(calculated(found, substrate="0.2 mmol"))["coulombic_efficiency"]
    assert moles == pytest.approx(86.4 / (96485.33212 * 2e-4 * 8))
    flow = values(calculated(found, cod_change="350 mg/L", flow_rate="0.5 mL/min"))["coulombic_efficiency"]
    assert flow == pytest.approx(0.031998 * 1e-3 / (96485.33212 * 4 * 0.5e-6 / 60 * 0.35))


def test_steady_state_is_where_the_drift_has_ended(tmp_path: Path) -> None:
    noise = np.random.default_rng(7).normal(0, 1, 400)
    rows = [(k * 60, 500 * (1 - math.exp(-k / 40)) + noise[k]) for k in range(400)]
    found = values(calculated(read(table(tmp_path / "e.csv", "time (s),Voltage (mV)", rows))))
    assert 120 * 60 <= (found["steady_state_start"] or 0) <= 300 * 60
    assert found["steady_state_voltage"] == pytest.approx(0.5, abs=0.003)
    ramp = [(k, 500 + k) for k in range(400)]
    assert (
        values(calculated(read(table(tmp_path / "r.csv", "time (s),Voltage (mV)", ramp))))["steady_state_start"] is None
    )


def test_the_peaks_of_a_voltammogram(tmp_path: Path) -> None:
    potentials = [-0.5 + 0.005 * k for k in range(200)] + [0.5 - 0.005 * k for k in range(200)]
    rows = [
        (k * 0.1, e, (1 if k < 200 else -1) * 1e-5 * math.exp(-(((e - (0.03 if k < 200 else -0.03)) / 0.1) ** 2)))
        for k, e in enumerate(potentials)
    ]
    found = calculated(read(table(tmp_path / "v.csv", "t/s,E/V,I/A", rows)))
    assert found.kind == "voltammogram"
    cycle = values(found, "cycle 1")
    assert cycle["peak_separation"] == pytest.approx(0.06, abs=0.011)
    assert cycle["anodic_peak_current"] == pytest.approx(1e-5, rel=0.01)
    assert values(found)["scan_rate"] == pytest.approx(0.05)


def test_the_resistance_of_a_spectrum_at_high_frequency(tmp_path: Path) -> None:
    frequencies = np.logspace(5, -1, 60)
    impedance = 0.05 + 0.3 / (1 + 2j * np.pi * frequencies * 0.01) + 2j * np.pi * frequencies * 2e-8
    rows = [(f, z.real, -z.imag) for f, z in zip(frequencies, impedance, strict=True)]
    found = calculated(read(table(tmp_path / "z.csv", "freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm", rows)))
    assert found.kind == "impedance"
    assert values(found)["high_frequency_resistance"] == pytest.approx(0.05, rel=0.02)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"electrode_area": "4.5"}, "electrode_area: an amount such as '4.5 cm2' was expected, got '4.5'"),
        ({"electrode_area": "4.5 s"}, "electrode_area"),
        ({"volume": "-1 mL"}, "volume: an amount over zero"),
    ],
)
def test_an_amount_that_makes_no_sense_is_refused(arguments: dict[str, str], words: str) -> None:
    with pytest.raises(NotCalculable, match=words):
        given_from(arguments, {})


def test_a_column_that_is_not_there_is_no_condition() -> None:
    with pytest.raises(NotCalculable, match="conditions: column 'flow' is unknown; the experiment has current_density"):
        calculated(read(PEM, PEM_NOTES), "polarisation", conditions=["flow"])


def test_a_line_of_many_points_keeps_its_peaks() -> None:
    x = np.arange(100_000.0)
    y = np.sin(x / 3000)
    y[54_321], y[77_777] = 9.0, -9.0
    fewer, heights = thinned(x, y)
    assert len(fewer) <= 2_000
    assert (heights.max(), heights.min(), fewer[heights.argmax()]) == (9.0, -9.0, 54_321)


def test_curves_that_follow_each_other_without_a_word_are_told_apart(tmp_path: Path) -> None:
    rows = [(x / 10, 0.7 - 0.02 * x - 0.01 * k) for k in range(3) for x in range(30)]
    found = calculated(read(table(tmp_path / "s.csv", "Current (mA),Voltage (V)", rows)))
    assert found.curves == [f"sweep {number}, falling" for number in (1, 2, 3)]
    assert [values(found, curve)["highest_voltage"] for curve in found.curves] == pytest.approx([0.7, 0.69, 0.68])


def test_cells_side_by_side_in_one_table_each_have_their_metrics(tmp_path: Path) -> None:
    rows = [(hour, 300, 400) for hour in range(30)]
    found = calculated(
        read(table(tmp_path / "c.csv", "time (h),Cell 1 (mV),Cell 2 (mV)", rows)), external_resistance="1000 ohm"
    )
    energies = [values(found, curve)["energy"] for curve in ("", "Cell 2 (mV)")]
    assert energies == pytest.approx([0.3**2 / 1000 * 29 * 3600, 0.4**2 / 1000 * 29 * 3600])


def test_a_cell_that_runs_down_is_no_polarisation_curve(tmp_path: Path) -> None:
    rows = [(k, 500 - k / 10, 1 + k / 50) for k in range(100)]
    assert calculated(read(table(tmp_path / "d.csv", "time (s),Voltage (mV),Current (mA)", rows))).kind == "time_series"


def test_a_number_that_overflows_is_no_metric(tmp_path: Path) -> None:
    rows = [(k, 1e200, 1e200) for k in range(20)]
    found = calculated(read(table(tmp_path / "o.csv", "time (s),Voltage (V),Current (A)", rows)))
    energy = next(metric for metric in found.metrics if metric.name == "energy")
    assert (energy.value, energy.missing) == (None, "the readings give no finite number")
