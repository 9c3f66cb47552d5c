"""Tables of readings as instruments, spreadsheets and people write them."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest
import xlsxwriter

from callboard.jobs.errors import Permanent
from research.experiments.errors import TableTooLarge, UnknownColumn, UnknownUnit, UnreadableTable
from research.experiments.headers import read_header
from research.experiments.quality import check, sampled
from tests.research.experiments.files import PEM, PEM_NOTES, SOIL, SOIL_WITH_GAPS, read

EC_LAB = "EC-Lab ASCII FILE\nNb header lines : 5\n\nElectrode surface area : 7,000 cm²\nmode\ttime/s\tEwe/V\t<I>/µA\n"
GAMRY = (
    "EXPLAIN\nTAG\tCV\nDATE\tLABEL\t3/5/2021\tDate\nAREA\tQUANT\t1.0E+000\tSample Area (cm^2)\n"
    "SCANRATE\tQUANT\t5.0E+001\tScan Rate (mV/s)\nCURVE1\tTABLE\t20\n"
    "\tPt\tT\tVf\tIm\tOver\n\t#\ts\tV vs. Ref.\tA\tbits\n"
)
CHI = "Oct. 1, 2020   12:00:00\nCyclic Voltammetry\nInit E (V) = 0\nScan Rate (V/s) = 0.05\n\nTime/s, Potential/V\n\n"


def rows(pattern: str, count: int = 20) -> str:
    """Rows of a pattern in which `i` counts."""
    return "".join(pattern.replace("{i}", str(i)).replace("{ii}", f"{i:02d}") for i in range(count))


# What is in each: its bytes, the first voltages in V, and the first times in s.
TABLES = {
    "german": (("Zeit (h);Spannung (mV)\n" + rows("{i},5;50{i},5\n", 10)).encode("cp1252"), (0.5005, 0.5015), 3600),
    "ec_lab": ((EC_LAB + rows("2\t{i},0E+1\t0,5{i}\t1,5\n", 9)).encode("cp1252"), (0.50, 0.51), 10),
    "gamry": ((GAMRY + rows("\t{i}\t{i}.5\t0.5{i}\t1e-6\t.....\n", 9)).encode(), (0.50, 0.51), 1),
    "chi": ((CHI + rows("{i}.000e+0, 5.{i}e-1\n", 9)).encode(), (0.50, 0.51), 1),
    "numpy": (("# time_s voltage_mV\n" + rows("{i}.000e+00 5{i}0.0\n", 9)).encode(), (0.5, 0.51), 1),
    "columns": (("   Time(min)   Voltage(V)\n" + rows("   {i}      0.5{i}0\n", 9)).encode(), (0.5, 0.51), 60),
    "utf-16": (("Time [s]\tU [V]\n" + rows("{i}\t0.5{i}\n", 9)).encode("utf-16"), (0.5, 0.51), 1),
    "units below": (("Time,Potential\ns,mV\n" + rows("{i},5{i}0\n", 9)).encode(), (0.5, 0.51), 1),
    "old mac": (("t/s,E/V\r" + rows("{i},0.5{i}\r", 9)).encode(), (0.5, 0.51), 1),
    "quoted": (('"Time, s","Cell voltage, V"\n' + rows('"{i}","0,5{i}"\n', 9)).encode(), (0.5, 0.51), 1),
    "iso": (("when,voltage_mV\n" + rows("2023-07-08T20:{ii}:00+02:00,5{i}0\n", 9)).encode(), (0.5, 0.51), 60),
    "gmt": (("when,Voltage (mV)\n" + rows(" 08 Jul 2023 {ii}:00:00 GMT,5{i}0\n", 9)).encode(), (0.5, 0.51), 3600),
    "american": (("Date,Time,V (mV)\n" + rows("07/13/2023,{i}:30 PM,5{i}0\n", 9)).encode(), (0.5, 0.51), 3600),
    "unix": (("timestamp,VOLTAGE_MV\n" + rows("16888464{ii},5{i}0\n", 9)).encode(), (0.5, 0.51), 1),
    "stop watch": (("Elapsed,Voltage (mV)\n" + rows("00:{ii}:00,5{i}0\n", 9)).encode(), (0.5, 0.51), 60),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_as_its_instrument_means_it(name: str, tmp_path: Path) -> None:
    content, volts, step = TABLES[name]
    (tmp_path / "table").write_bytes(content)
    found = read(tmp_path / "table")
    place = next(k for k, column in enumerate(found.readings.columns) if column.quantity == "voltage")
    assert found.readings.values[place][:2] == pytest.approx(volts)
    assert found.readings.columns[place].unit == "V"
    times = found.readings.times.seconds
    assert times is not None
    # The times after noon begin at half past twelve, which a clock of twelve hours counts as the last one.
    assert times[2] - times[1] == pytest.approx(step)
    assert len(times) == found.rows == len(found.readings.lines)
    assert not found.problems.by_kind


@pytest.mark.parametrize(
    ("header", "quantity", "unit", "factor"),
    [
        ("Current Density, mA/cm^2", "current_density", "A/m**2", 10),
        ("current_density_mA_cm2", "current_density", "A/m**2", 10),
        ("j / mA cm⁻²", "current_density", "A/m**2", 10),
        ("Stromdichte in A/m²", "current_density", "A/m**2", 1),
        ("Power density [mW/m2]", "power_density", "W/m**2", 0.001),
        ("E / V vs. Ag/AgCl", "voltage", "V", 1),
        ("WE(1).Potential (mV)", "voltage", "V", 0.001),
        ("CURRENT_MA", "current", "A", 0.001),
        ("Current (cell 1) (µA)", "current", "A", 1e-6),
        ("T/°C", "temperature", "K", 1),
        ("Temperature (C)", "temperature", "K", 1),
        ("R_ext (kΩ)", "resistance", "ohm", 1000),
        ("-Im(Z)/Ohm", "impedance_imag", "ohm", 1),
        ("EC (uS/cm)", "conductivity", "S/m", 1e-4),
        ("COD (mg/L)", "chemical_oxygen_demand", "kg/m**3", 0.001),
    ],
)
def test_a_header_says_what_is_measured_in_which_unit(header: str, quantity: str, unit: str, factor: float) -> None:
    found = read_header(header)
    assert found.scale
    assert (found.quantity, found.scale.unit, found.scale.factor) == (quantity, unit, pytest.approx(factor))


def test_a_header_without_a_unit_has_none() -> None:
    for header in ("cell_voltage", "Current (cell 1)", "step_s", "relative_humidity", "Potential (RHE)"):
        assert read_header(header).scale is None


def test_every_wrong_cell_is_reported_by_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(
        "time (s),voltage (mV),current (mA)\n0,500,1\n10,ERR,1.1\n20,,1.2\n30,498,1.3,99\n40,12.3.4\n30,499,1.4\n"
        "30,499,1.4\ntime (s),voltage (mV),current (mA)\n50,#DIV/0!,1.5\n60,490,1.6\n70,OVLD,OVLD\n\nstopped by hand\n"
    )
    found = read(tmp_path / "bad.csv")
    shown = check(found.readings, found.problems)["shown"]
    assert [(p["line"], p["column"], p["kind"], p["text"]) for p in shown] == [
        (3, "voltage (mV)", "unreadable", "ERR"),
        (4, "voltage (mV)", "missing", ""),
        (5, None, "long_row", "4 cells"),
        (6, None, "short_row", "2 cells"),
        (6, "current (mA)", "missing", ""),
        (6, "voltage (mV)", "unreadable", "12.3.4"),
        (7, "time (s)", "time_goes_back", ""),
        (8, "time (s)", "repeated_time", ""),
        (9, None, "left_out", "time (s) voltage (mV) current (mA)"),
        (10, "voltage (mV)", "unreadable", "#DIV/0!"),
        (12, "current (mA)", "unreadable", "OVLD"),
        (12, "voltage (mV)", "unreadable", "OVLD"),
        (14, None, "left_out", "stopped by hand"),
    ]
    assert found.readings.lines.tolist() == [2, 3, 4, 5, 6, 7, 8, 10, 11, 12]


def test_of_many_problems_all_are_counted_and_the_first_of_each_column_are_kept() -> None:
    found = read(SOIL)
    quality = check(found.readings, found.problems)
    assert quality["counts"] == {"implausible": 290}
    assert quality["by_column"] == {"VWC (%)": {"implausible": 288}, "Voltage (mV)": {"implausible": 2}}
    volts = [(p["line"], p["text"]) for p in quality["shown"] if p["column"] == "Voltage (mV)"]
    assert volts == [(98, "-4512.84697348"), (99, "-4153.41632885")]
    assert len(quality["shown"]) == 27


def test_gaps_in_time_are_found() -> None:
    sampling = sampled(read(SOIL_WITH_GAPS).readings)
    assert sampling
    assert (sampling.step, sampling.regular, len(sampling.gaps)) == (3600, True, 2)
    assert sum(gap.missing for gap in sampling.gaps) == 114


def test_units_come_from_the_caller_or_from_the_notes_of_the_file(tmp_path: Path) -> None:
    noted = read(PEM, PEM_NOTES).readings
    assert [column.given for column in noted.columns] == ["mA/cm²", "V", "mW/cm²", "psig", "RH%"]
    assert noted.values[0][0] == pytest.approx(12_300)
    told = read(PEM, units={"current_density": "A/m2", "2": "mV"}, columns={"pressure": "condition"}).readings
    assert (told.values[0][0], told.values[1][0]) == pytest.approx((1230, 0.26e-3))
    (tmp_path / "notes.yaml").write_text(
        "fieldMapping:\n  t: t\nfieldUnits:\n  - name: cell_voltage\n    unit: mV\n    reference: SCE\n"
        "electrode:\n  geometricArea:\n    value: 0.2\n    unit: cm2\n"
    )
    (tmp_path / "notes.json").write_text(
        '{"fields": [{"name": "cell_voltage", "unit": "mV"}], "area": {"value": 0.2, "unit": "cm2"}}'
    )
    for name in ("notes.yaml", "notes.json"):
        found = read(PEM, tmp_path / name)
        assert found.readings.values[1][0] == pytest.approx(0.26e-3)
        assert found.facts == {"electrode_area": "0.2 cm2"}
    assert read(PEM).problems.by_kind["unknown_unit"] == 5


def test_a_sheet_with_titles_dates_and_errors_is_read(tmp_path: Path) -> None:
    path = tmp_path / "book.bin"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("About").write("A1", "Only words here")
        sheet = book.add_worksheet("Readings")
        sheet.write("B1", "Cell 7, anode area: 12.5 cm2")
        sheet.write_row("B3", ["Taken", "Voltage", "Current"])
        sheet.write_row("B4", ["", "mV", "mA"])
        when = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for i in range(20):
            sheet.write_datetime(4 + i, 1, datetime(2024, 5, 1, i), when)  # noqa: DTZ001 - a workbook knows no zones
            sheet.write_row(4 + i, 2, [500 + i, 1.5])
        sheet.write_formula("C10", "=1/0", None, "#DIV/0!")
    found = read(path)
    readings, place = found.readings, 1
    assert (found.sheet, found.facts) == ("Readings", {"electrode_area": "12.5 cm2"})
    assert [column.quantity for column in readings.columns] == [None, "voltage", "current"]
    assert list(islice(readings.values[place], 2)) == pytest.approx([0.5, 0.501])
    assert readings.times.seconds is not None
    assert readings.times.seconds[:3].tolist() == [0, 3600, 7200]
    assert [(p.line, p.column, p.text) for p in found.problems.kept] == [(10, "Voltage", "#DIV/0!")]
    with pytest.raises(UnreadableTable, match="sheet 'Raw' is unknown; there is About, Readings"):
        read(path, sheet="Raw")


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty file"),
        (b" \n\n", "without any text"),
        (PNG, "binary file of another kind"),
        (b"<html><body>404</body></html>", "no column of numbers"),
        (b"Dear all,\nthere is no table.\n", "no column of numbers"),
        (b"time (s),voltage (V)\n", "no column of numbers"),
        (b"1,2,3," * 400_000, "a line of over"),
        (b"PK\x03\x04 no archive", "workbook|archive"),
        (b't,v\n0,"0.5\n' + b"1,0.6\n" * 50, "line 2: a quotation mark"),
    ],
)
def test_what_is_no_table_is_refused_for_good(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(Permanent, match=words):
        read(tmp_path / "file")


def test_too_many_columns_and_unknown_units_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(",".join(["a"] * 400) + "\n" + ",".join(["1"] * 400) + "\n")
    with pytest.raises(TableTooLarge, match="200 columns, this one has 400"):
        read(path)
    path.write_text("time (s),voltage (mVolz)\n1,2\n2,3\n")
    with pytest.raises(UnknownUnit, match="column 'voltage \\(mVolz\\)': unit 'mVolz' is unknown"):
        read(path)
    assert read(path, units={"voltage (mVolz)": "mV"}).readings.values[1][0] == pytest.approx(0.002)
    with pytest.raises(UnknownUnit, match="'mA' measures something else"):
        read(path, units={"voltage (mVolz)": "mA"})
    with pytest.raises(UnknownUnit, match="'furlongz'"):
        read(path, units={"time (s)": "furlongz"})
    with pytest.raises(UnknownColumn, match="column 'power' is unknown; the table has time"):
        read(path, units={"power": "W"})
