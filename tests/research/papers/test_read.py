"""Reading whole papers: the domain paper, layouts of several publishers, and files that can't be read."""

from __future__ import annotations

import time
import zlib
from pathlib import Path

import pytest

from callboard.jobs.errors import Permanent
from research.papers.errors import UnreadablePaper
from research.papers.quantities import find_quantities
from research.papers.read import read_paper
from tests.research.papers.pdf_files import deflated, shown, stream, write_pdf

DATA = Path(__file__).parents[2] / "data" / "papers"
LAYOUTS = {
    "arxiv": ("Deep Residual Transport in Redox Mediators",
              ["Jane Q. Doe", "Wei-Lun Chang", "José Ángel García"], 2021),
    "elsevier": (("Enhanced electricity generation from wastewater in a tubular microbial fuel cell with a carbon "
                  "veil anode"),
                 ["Marta García-Pérez", "Hendrik J. van der Berg", "Zhiyong Jason Ren", "Ioannis Ieropoulos"], 2016),
    "acs": ("Proton Transport in Li2FeSiO4/C Cathodes: Insights from Operando Spectroscopy",
            ["Anna-Lena Müller", "Xiao Wang", "Seán O’Brien", "Roberto de la Cruz"], None),
    "ieee": ("A Low-Power Potentiostat for Wearable Sweat Sensing",
             ["Rajesh Kumar", "Li Na", "Michael O. McDonald"], 2019),
    "review": ("Electroactive Biofilms: From Fundamentals to Applications",
               ["Hans-Peter Müller", "María del Carmen López", "Koji Tanaka"], 2018),
    "wiley": ("Hochleistungskathoden für Natrium-Ionen-Batterien",
              ["Katharina von der Heide", "Jürgen Groß", "Peter Weiß"], None),
    "onecol": ("Dietary nitrate and sprint performance in trained cyclists: a randomised trial",
               ["Sarah-Jane O’Connor", "Thomas A. Jones", "Nguyễn Văn Minh", "Ahmed El-Sayed"], 2022),
    "elsevier2": ("Paper-based origami biobattery powered by wastewater",
                  ["Arwa Fraiwan", "Hendrik J. van der Berg", "Zhiyong Jason Ren", "Ioannis Ieropoulos"], 2016),
    "thesis": ("Bioelectrochemical Systems for Nutrient Recovery from Urine", ["Johanna M. Smit"], 2017),
    "rsc": ("Sulfonated graphene membranes for vanadium flow batteries",
            ["Lin Chen", "Amélie D’Arcy", "Jae-Won Choi"], 2014),
    "plos": ("Effects of Caffeine Ingestion on Endurance Performance: A Meta-Analysis of 46 Trials",
             ["Kyle Southward", "Kay J. Rutherfurd-Markwick", "Ajmol Ali"], None),
}  # fmt: skip


@pytest.fixture(scope="module")
def domain_paper():
    return read_paper(DATA / "mfc-shewanella-flow-2024.pdf")


def test_the_headers_of_a_journal_paper_are_read(domain_paper) -> None:
    assert domain_paper.title == "High power density redox-mediated Shewanella microbial flow fuel cells"
    assert domain_paper.authors[0] == "Leyuan Zhang"
    assert domain_paper.authors[-1] == "Xiangfeng Duan"
    assert (domain_paper.year, domain_paper.doi) == (2024, "10.1038/s41467-024-52498-w")
    assert (domain_paper.pages, domain_paper.language) == (11, "en")
    assert ("Methods", 7) in [(section.title, section.page) for section in domain_paper.sections]


def test_the_list_of_references_is_read_entry_by_entry_and_kept_out_of_the_text(domain_paper) -> None:
    assert len(domain_paper.references) == 61
    assert domain_paper.references[0].startswith("1. Logan, B. E. & Rabaey, K.")
    assert not any("Logan, B. E. & Rabaey" in page.text for page in domain_paper.text)


def test_text_has_whole_words_exponents_and_no_running_feet(domain_paper) -> None:
    first = domain_paper.text[0].text
    assert "simultaneous power generation" in first
    assert "density (<1 mW cm⁻²). Herein" in first
    assert not any("Nature Communications | (2024)" in page.text for page in domain_paper.text[1:])


@pytest.mark.parametrize(
    ("value", "high", "unit", "page"),
    [(40, None, "mA/cm**2", 1), (1.7, None, "mW/cm**2", 2), (0.85, None, "V", 3), (17.6, None, "mW/cm**2", 5),
     (82.4, None, "percent", 6), (7.2, None, "pH", 7), (45, None, "mmol/L", 7), (20, 25, "degC", 8)],
)  # fmt: skip
def test_the_quantities_of_a_paper_are_found_on_their_pages(domain_paper, value, high, unit, page) -> None:
    found = {(q.value, q.max, q.unit, q.page) for q in find_quantities(domain_paper.text)}
    assert (value, high, unit, page) in found


def test_reading_is_fast_enough_for_a_queue() -> None:
    started = time.monotonic()
    read_paper(DATA / "mfc-shewanella-flow-2024.pdf")
    assert time.monotonic() - started < 6  # about 0.6 s on a quiet machine


@pytest.mark.parametrize("name", LAYOUTS)
def test_title_and_authors_are_read_from_many_layouts(name: str) -> None:
    paper = read_paper(DATA / f"layout-{name}.pdf")
    title, authors, year = LAYOUTS[name]
    assert (paper.title, list(paper.authors)) == (title, authors)
    assert year is None or paper.year == year


def test_headings_are_read_by_their_type_and_authors_are_none() -> None:
    sections = {
        name: [one.title for one in read_paper(DATA / f"layout-{name}.pdf").sections] for name in ("ieee", "plos")
    }
    assert sections == {
        "ieee": ["I. INTRODUCTION", "II. SYSTEM DESIGN", "REFERENCES"],
        "plos": ["Abstract", "Background"],
    }


def test_progress_is_told_for_each_page() -> None:
    told: list[tuple[int, int, str]] = []
    read_paper(DATA / "outlines-4-pages.pdf", progress=lambda *one: told.append(one))
    assert told == [(1, 4, "text"), (2, 4, "text"), (3, 4, "text"), (4, 4, "text")]


def test_the_outline_gives_the_sections() -> None:
    sections = read_paper(DATA / "outlines-4-pages.pdf").sections
    assert [(section.title, section.page) for section in sections][:3] == [("Foo", 2), ("Bar", 2), ("Baz", 2)]


def test_two_columns_are_read_one_after_the_other() -> None:
    text = read_paper(DATA / "multicolumn-latex.pdf").text[0].text
    assert text.index("Lorem ipsum dolor sit amet, consectetuer adipiscing elit.") < text.index("Quisque ullamcorper")


def test_text_from_right_to_left_has_its_language() -> None:
    assert read_paper(DATA / "arabic-habibi.pdf").language == "ar"


def test_columns_written_across_the_page_are_put_in_order(tmp_path: Path) -> None:
    rows = [(50, 700 - 14 * n, 10, f"left {n} a line of the first column") for n in range(20)]
    other = [(320, 700 - 14 * n, 10, f"right {n} a line of the second column") for n in range(20)]
    across = [line for pair in zip(rows, other, strict=True) for line in pair]
    text = read_paper(write_pdf(tmp_path / "rows.pdf", [stream(shown(*across))])).text[0].text
    assert text.index("left 19") < text.index("right 0")


def test_text_outside_its_clip_is_not_read(tmp_path: Path) -> None:
    visible = shown((50, 700, 10, "The visible text says that it ran at 5 V for a day."))
    hidden = b"q 0 0 600 100 re W n " + shown((50, 600, 10, "A hidden copy says that it ran at 9 V.")) + b" Q"
    text = read_paper(write_pdf(tmp_path / "clip.pdf", [stream(visible + b"\n" + hidden)])).text[0].text
    assert "5 V" in text
    assert "9 V" not in text


def test_a_page_set_sideways_is_read_and_a_stamp_in_the_margin_is_not(tmp_path: Path) -> None:
    lines = [
        b"BT /F1 10 Tf 0 1 -1 0 %d 50 Tm (Sideways line %d of a wide table.) Tj ET" % (100 + 14 * n, n)
        for n in range(9)
    ]
    upright = shown(*((50, 700 - 14 * n, 10, f"Upright line {n} of the text on this page.") for n in range(9)))
    stamp = b"BT /F1 20 Tf 0 1 -1 0 30 200 Tm (arXiv:2103.01234) Tj ET"
    paper = read_paper(write_pdf(tmp_path / "turned.pdf", [stream(b"\n".join(lines)), stream(upright + b"\n" + stamp)]))
    assert "Sideways line 8 of a wide table." in paper.text[0].text
    assert paper.text[0].text.index("line 0") < paper.text[0].text.index("line 8")
    assert "Upright line 8" in paper.text[1].text
    assert "arXiv" not in paper.text[1].text


def test_a_file_behind_a_password_opens_with_it() -> None:
    assert read_paper(DATA / "encrypted-openpassword.pdf", password="openpassword").pages == 1


SHOW = b"(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj\n" * 400_000
NESTED = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>"
RAW_FILES = {
    "empty": b"",
    "word": b"PK\x03\x04 and so on",
    "truncated": (DATA / "outlines-4-pages.pdf").read_bytes()[:12_000],
}
CONTENTS = {
    "bomb": lambda: deflated(b"BT /F1 9 Tf " + SHOW + b"ET"),
    "zeros": lambda: deflated(bytes(60 * 2**20)),
    "twice packed": lambda: stream(zlib.compress(zlib.compress(SHOW, 9), 9), b"/Filter[/FlateDecode/FlateDecode]"),
    "hidden filter": lambda: stream(zlib.compress(SHOW, 9), b"/F#69lter/Fl#61teDecode"),
    "blank": lambda: stream(b"0 0 m 9 9 l S"),
}


def bad_file(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / f"{kind}.pdf"
    if kind in RAW_FILES:
        path.write_bytes(RAW_FILES[kind])
    elif kind in CONTENTS:
        write_pdf(path, [CONTENTS[kind]()])
    elif kind == "nested":
        forms = [stream(b"/X Do " * 10, NESTED % (6 + level)) for level in range(12)]
        write_pdf(path, [stream(b"/X Do")], forms, b"/XObject<</X 5 0 R>>")
    return path


@pytest.mark.parametrize(
    ("kind", "says"),
    [("empty", "empty"), ("word", "not a PDF.*ZIP"), ("truncated", "damaged or truncated"), ("bomb", "bomb"),
     ("zeros", "bomb"), ("twice packed", "bomb"), ("hidden filter", "bomb"), ("nested", "bomb"),
     ("blank", "no text layer.*OCR"), ("missing", "can't be opened")],
)  # fmt: skip
def test_a_bad_file_ends_for_good_and_says_why(tmp_path: Path, kind: str, says: str) -> None:
    with pytest.raises(UnreadablePaper, match=says) as caught:
        read_paper(bad_file(tmp_path, kind))
    assert isinstance(caught.value, Permanent)


def test_a_scan_needs_ocr_and_a_locked_file_its_password() -> None:
    with pytest.raises(UnreadablePaper, match="needs OCR"):
        read_paper(DATA / "image-only-one-page.pdf")
    with pytest.raises(UnreadablePaper, match="needs a password"):
        read_paper(DATA / "encrypted-openpassword.pdf")
    with pytest.raises(UnreadablePaper, match="password given is wrong"):
        read_paper(DATA / "encrypted-openpassword.pdf", password="guess")
