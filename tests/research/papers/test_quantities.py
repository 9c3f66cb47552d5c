"""Quantities as papers print them, and what only looks like one."""

from __future__ import annotations

from typing import Any

import pint
import pytest

from research.papers.paper import PageText, Quantity
from research.papers.quantities import find_quantities, quantities_in
from tests.research.papers.sentences_of_papers import COMMA_SENTENCES, SENTENCES

REGISTRY: Any = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
Wanted = tuple[float, str] | tuple[float, str, float]


def matches(quantity: Quantity, wanted: Wanted) -> bool:
    def in_unit(value: float) -> float:
        return value if wanted[1] == "pH" else float(REGISTRY.Quantity(value, quantity.unit).to(wanted[1]).magnitude)

    if "pH" in (quantity.unit, wanted[1]) and quantity.unit != wanted[1]:
        return False
    try:
        value = in_unit(quantity.value)
        high = None if quantity.max is None else in_unit(quantity.max)
    except pint.DimensionalityError:
        return False
    expected_high = wanted[2] if len(wanted) > 2 else None
    return value == pytest.approx(wanted[0]) and high == (
        None if expected_high is None else pytest.approx(expected_high)
    )


def check(sentence: str, wanted: list[Wanted], *, decimal_comma: bool) -> None:
    left = quantities_in(sentence, decimal_comma=decimal_comma)
    for one in wanted:
        hit = next((quantity for quantity in left if matches(quantity, one)), None)
        assert hit is not None, f"{one} not found in {sentence!r}; left: {left}"
        left.remove(hit)
    assert not left, f"not printed in {sentence!r}: {left}"


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_gives_the_quantities_a_reader_finds_and_no_other(sentence: str) -> None:
    check(sentence, SENTENCES[sentence], decimal_comma=False)


@pytest.mark.parametrize("sentence", COMMA_SENTENCES)
def test_a_sentence_with_decimal_commas_gives_its_quantities(sentence: str) -> None:
    check(sentence, COMMA_SENTENCES[sentence], decimal_comma=True)


@pytest.mark.parametrize(
    ("sentence", "comparator"),
    [
        ("A current of more than 5 mA flowed.", ">"), ("Densities surpassing 40 mA cm⁻² were seen.", ">"),
        ("It took about 12 h.", "~"), ("At ~20 ml min⁻¹ it flowed.", "~"), ("Up to 30 mM was added.", "≤"),
        ("At least 3 mL is needed.", "≥"), ("O2 < 0.01 ppm in the box.", "<"), ("Below 80 °C nothing melts.", "<"),
        ("It was stirred over 24 h.", "="), ("Exactly 7 mV.", "="), ("20 mL or more is enough.", "≥"),
    ],
)  # fmt: skip
def test_words_and_signs_before_a_value_become_its_comparator(sentence: str, comparator: str) -> None:
    assert [quantity.comparator for quantity in quantities_in(sentence)] == [comparator]


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("The maximum power density was 1.7 mW cm⁻².", "maximum power density"),
        ("An open circuit voltage of 0.85 V was kept.", "open circuit voltage"),
        ("We added 40 mL deionized water.", "deionized water"),
        ("At 30 °C.", "temperature"),
    ],
)
def test_a_quantity_is_named_after_what_was_measured(sentence: str, name: str) -> None:
    assert quantities_in(sentence)[0].name == name


def test_an_error_after_plus_minus_is_kept() -> None:
    quantity = quantities_in("It was 0.85 ± 0.05 V.")[0]
    assert (quantity.value, quantity.plus_minus, quantity.unit) == (0.85, 0.05, "V")


def test_quantities_carry_their_page_and_sentence_and_leave_references_alone() -> None:
    pages = [
        PageText(1, "The first says nothing.\nIt ran at 5 V. Then it stopped."),
        PageText(2, "It ran at 7 A of current.", references="1. Smith, J. Power at 9 W. J. Power 3 V, 12 (2001)."),
    ]
    found = [(quantity.page, quantity.value, quantity.sentence) for quantity in find_quantities(pages)]
    assert found == [(1, 5.0, "It ran at 5 V."), (2, 7.0, "It ran at 7 A of current.")]


def test_a_paper_with_decimal_commas_is_recognised_by_its_numbers() -> None:
    pages = [PageText(1, "Die Spannung betrug 0,85 V. Der Strom lag bei 1.200 mA und 3,5 mA nach 2,5 h.")]
    assert [quantity.value for quantity in find_quantities(pages)] == [0.85, 1200.0, 3.5, 2.5]


def test_every_unit_given_is_read_by_a_plain_registry() -> None:
    plain: Any = pint.UnitRegistry()
    for sentence in SENTENCES:
        for quantity in quantities_in(sentence):
            assert quantity.unit == "pH" or plain.Unit(quantity.unit) is not None


def test_numbers_too_large_for_a_machine_are_left_out() -> None:
    assert quantities_in("It was 10⁹⁹⁹ V, " + "9" * 400 + " A of current and 2 × 10⁹⁹⁹ g.") == []


def test_a_long_text_without_end_is_searched_in_linear_time() -> None:
    text = "1 2 3, 4 and 5 - 6 (7) / 8 × 10 " * 3_000
    assert quantities_in(text) == []
