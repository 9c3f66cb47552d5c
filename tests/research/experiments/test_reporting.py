"""Reports of experiments: whole, the same from the same readings, and deaf to what stands in names and cells."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from callboard.history.database import connect, reading
from research.experiments.document import Document, document
from research.experiments.errors import NotCalculable
from research.experiments.evaluate import evaluate
from research.experiments.html_page import to_html
from research.experiments.intake import take_in
from research.experiments.mailing import mail_facts
from research.experiments.pdf_page import to_pdf
from research.experiments.readings import Wishes
from research.experiments.reporting import write_reports
from research.experiments.shelf import load_readings, metrics_of
from research.experiments.shown import figures, printed, suited
from research.files import FileStore
from research.schema import RESEARCH
from tests.research.experiments.files import DBFC, DBFC_NOTES
from tests.research.experiments.test_shelf import quiet

HOSTILE = '<script>alert(1)</script> #eval("1") $\\frac{1}{0}$ *bold* _x_ 日本 \u202e"&\''
AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a database that has all tables."""
    RESEARCH.upgrade(f"sqlite:///{tmp_path / 'home.db'}")
    return tmp_path


def made(home: Path, path: Path, notes: Path | None = None, title: str | None = None) -> Document:
    engine = connect(f"sqlite:///{home / 'home.db'}")
    stored = FileStore(home).put_path(path)
    wishes = Wishes()
    take_in(engine, path, stored, experiment_id="x", title=title, wishes=wishes, notes=notes, progress=quiet)
    evaluate(engine, "x", None, {}, quiet)
    experiment, readings = load_readings(engine, "x")
    with reading(engine) as session:
        found = document(experiment, readings, metrics_of(session, "x"), AT, lambda step: None)
    engine.dispose()
    return found


def text_of(pdf: bytes) -> str:
    pages = pdfium.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in pages).replace("\u200b", "")


def test_a_report_shows_plots_metrics_methods_and_what_is_missing(home: Path) -> None:
    found = made(home, DBFC, DBFC_NOTES)
    page = to_html(found).decode()
    for words in (
        "98.29",
        "Logan et al., Environ. Sci. Technol. 40 (2006) 5181",
        "4.5 cm2 (notes of the file)",
        "Not found",
    ):
        assert words in page
    (picture,) = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)
    assert b"<svg" in b64decode(picture)
    assert "98.29 mW/cm²" in text_of(to_pdf(found))


def test_the_same_readings_give_the_same_page(home: Path) -> None:
    found = made(home, DBFC, DBFC_NOTES)
    assert to_html(found) == to_html(made(home, DBFC, DBFC_NOTES))


def test_no_name_or_cell_is_taken_for_markup(home: Path) -> None:
    quoted = HOSTILE.replace('"', '""')
    rows = "".join(f'"{quoted}",{i},0.{900 - i},<b>bad</b>\n' for i in range(30))
    (home / "hostile.csv").write_text(f'"{quoted}",Current (mA),"{quoted} Voltage (V)",Power (mW)\n{rows}')
    found = made(home, home / "hostile.csv", title=HOSTILE)
    page = to_html(found).decode()
    assert "<script" not in page
    assert "<b>bad" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not [plot for plot in found.plots if b"<script" in plot.svg]
    assert '#eval("1")' in text_of(to_pdf(found))


def test_a_report_needs_metrics_and_the_newest_replaces_the_one_before(home: Path) -> None:
    engine, files = connect(f"sqlite:///{home / 'home.db'}"), FileStore(home / "files")
    stored = files.put_path(DBFC)
    take_in(
        engine, DBFC, stored, experiment_id="x", title="Pd/C <4>", wishes=Wishes(), notes=DBFC_NOTES, progress=quiet
    )
    with pytest.raises(NotCalculable, match="x has no metrics yet: calculate its metrics first"):
        write_reports(engine, files, "x", ["html"], quiet)
    evaluate(engine, "x", None, {}, quiet)
    first = write_reports(engine, files, "x", ["html"], quiet)["reports"][0]
    second = write_reports(engine, files, "x", ["html"], quiet)["reports"][0]
    assert set(files.references()) == {stored.reference, second["file"]}
    assert (first["name"], first["size"]) == (second["name"], second["size"]) == ("Pd-C-4.html", second["size"])
    with reading(engine) as session:
        facts = mail_facts(session, "x")
    assert facts["experiment"] == "Pd/C <4>"
    assert facts["metrics"]["Max power density"] == "98.29 mW/cm² (highest of 2 curves)"
    engine.dispose()


def test_numbers_are_shown_as_people_write_them() -> None:
    assert [figures(value) for value in (0.00012345, 12.3456, 123456, -5, 1.5e9)] == [
        "1.234·10⁻⁴",
        "12.35",
        "123,456",
        "−5.000",
        "1.500·10⁹",
    ]
    assert suited("W", 3.2e-5, {}).text(3.2e-5) == "32.00 µW"
    assert suited("s", 5400, {}).text(5400) == "1.5 h"
    assert printed("mA/cm2") == "mA/cm²"
    assert printed("mA cm-2") == "mA cm⁻²"
