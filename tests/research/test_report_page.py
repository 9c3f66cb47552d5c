"""The page of a report."""

from typing import Any

import pytest

from research.printing import number, printed_unit
from research.quantity_tables import quantity_tables, value_cell
from research.report_page import to_markdown


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


def test_a_unit_used_often_has_a_table_in_the_order_of_its_first_page() -> None:
    resistors = [quantity(value, "ohm", "external resistors", page=4) for value in (995.0, 675.0, 995.0)]
    densities = [quantity(13.1, "mW/cm**2", comparator="~"), quantity(10.2, "mW/cm**2", page=6)]
    densities += [quantity(10.0, "mW/cm**2", "highest power | density", comparator=">", page=1)]
    assert quantity_tables([*resistors, *densities]).splitlines() == [
        "| Quantity                | mW/cm²       | Page |",
        "| ----------------------- | ------------ | ---- |",
        "| highest power / density | > 10         | 1    |",
        "| power density           | ≈ 13.1; 10.2 | 3, 6 |",
        "",
        "| Quantity           | Ω        | Page |",
        "| ------------------ | -------- | ---- |",
        "| external resistors | 995; 675 | 4    |",
    ]


def test_units_that_are_rare_share_a_table_with_their_units_beside_the_values() -> None:
    rare = [quantity(7.2, "pH", "medium"), quantity(2.7, "V", "window", max=4.2, page=1)]
    assert quantity_tables(rare).splitlines()[2:] == [
        "| window   | 2.7 – 4.2 V | 1    |",
        "| medium   | pH 7.2      | 3    |",
    ]


def test_of_very_many_values_the_first_are_shown_and_all_are_counted() -> None:
    many = [quantity(float(value), "ohm", "resistors") for value in range(100, 130)]
    assert "| resistors | 100; 101; 102; 103 … (30 values) |" in quantity_tables(many)


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
    assert value_cell(quantity(7.2, "pH")) == "pH 7.2"
