"""The page of a report."""

from typing import Any

import pytest

from research.report_page import number, to_markdown, value_cell
from research.units import printed_unit


def quantity(value: float, unit: str, name: str = "power density", **other: Any) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "max": None,
        "comparator": "=",
        "unit": unit,
        "page": 3,
        "sentence": "s",
        **other,
    }


REPORT: dict[str, Any] = {
    "file": "cell.pdf",
    "title": "High power density redox-mediated Shewanella microbial flow fuel cells",
    "authors": [
        "Leyuan Zhang",
        "Yucheng Zhang",
        "Yang Liu",
        "Sibo Wang",
        "Calvin K. Lee",
        "Yu Huang",
        "Xiangfeng Duan",
    ],
    "year": 2024,
    "doi": "10.1038/s41467-024-52498-w",
    "pages": 11,
    "language": "en",
    "sections": [{"title": "Results", "page": 2}, {"title": "A very long heading " * 6, "page": 11}],
    "references": 61,
    "summary": "Microbial fuel cells convert organic matter into electricity. " * 6,
    "key_phrases": ["redox mediators", "power density"],
    "findings": ["The maximum power density was 13.1 mW cm⁻², fifty times as much as without mediators. (p. 6)"],
    "quantities": [
        quantity(13.1, "mW/cm**2", comparator="~"),
        quantity(10.0, "mW/cm**2", "highest power | density", comparator=">", page=1),
        quantity(10.0, "mW/cm**2", "highest power | density", comparator=">", page=1),
        quantity(7.2, "pH", "pH of the medium"),
        quantity(2.7, "V", "potential window of the cell that was measured in the second series", max=4.2),
    ],
    "embedding": {"model": "hashed-1024", "chunks": 42},
}
EMPTY: dict[str, Any] = {key: None if not isinstance(value, list) else [] for key, value in REPORT.items()}
EMPTY |= {"file": "x.pdf", "pages": 1, "embedding": {"model": None, "chunks": 0}}


def test_no_line_is_wider_than_eighty_columns() -> None:
    assert [line for line in to_markdown(REPORT).splitlines() if len(line) > 80 and not line.startswith("# ")] == []


def test_the_page_says_who_what_and_where_first() -> None:
    lines = to_markdown(REPORT).splitlines()
    assert lines[0] == "# High power density redox-mediated Shewanella microbial flow fuel cells"
    assert lines[2].startswith("*Leyuan Zhang, Yucheng Zhang")
    assert "2024 · doi:10.1038/s41467-024-52498-w · 11 pages · English · 61 references" in lines[5]


def test_quantities_are_grouped_by_unit_in_the_order_of_the_pages_and_none_twice() -> None:
    page = to_markdown(REPORT)
    table = page[page.index("## Quantities") :].splitlines()
    assert table[2:6] == [
        "| Quantity                | Value         | Page |",
        "| ----------------------- | ------------- | ---: |",
        "| highest power / density | > 10 mW/cm²   | 1    |",
        "| power density           | ≈ 13.1 mW/cm² | 3    |",
    ]
    assert "| pH 7.2 " in page
    assert "| 2.7 – 4.2 V " in page


def test_a_report_with_gaps_has_no_empty_headings() -> None:
    assert to_markdown(EMPTY) == "# x.pdf\n\n1 page · x.pdf\n"


def test_many_authors_are_counted() -> None:
    assert "and 12 more*" in to_markdown(REPORT | {"authors": [f"Author {n}" for n in range(20)]})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (40.0, "40"),
        (2416, "2416"),
        (51000, "51,000"),
        (-0.26, "−0.26"),
        (1.7e-5, "1.7×10⁻⁵"),
        (3e12, "3×10¹²"),
        (0, "0"),
        (1714.83, "1714.83"),
    ],
)
def test_a_number_is_written_as_a_person_would(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("mA/cm**2", "mA/cm²"),
        ("ohm", "Ω"),
        ("percent", "%"),
        ("mA/cm**2/s", "mA/cm²/s"),
        ("g/kg/day", "g/kg/d"),
        ("kg*m**2", "kg·m²"),
        ("cm**-1", "cm⁻¹"),
        ("degC", "°C"),
        ("pH", "pH"),
        ("furlong", "furlong"),
    ],
)
def test_a_unit_is_written_as_it_is_printed(unit: str, text: str) -> None:
    assert printed_unit(unit) == text


def test_a_value_shows_its_sign_and_its_range() -> None:
    assert value_cell(quantity(2.7, "V", max=4.2, comparator="<")) == "< 2.7 – 4.2 V"
    assert value_cell(quantity(82.4, "percent")) == "82.4 %"
