"""Numbers over many values against the same numbers computed from all of them."""

import random
import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.analytics.sketch import KEPT, Numbers, Words


def numbers_of(values: list[float]) -> Numbers:
    numbers = Numbers()
    for value in values:
        numbers.add(value)
    return numbers


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=60))
def test_moments_and_quantiles_of_few_values_are_exact(values: list[float]) -> None:
    numbers, ordered = numbers_of(values), sorted(values)
    assert numbers.mean == pytest.approx(statistics.fmean(values), rel=1e-9, abs=1e-6)
    assert numbers.deviation == pytest.approx(statistics.stdev(values), rel=1e-6, abs=1e-3)
    assert (numbers.quantile(0.0), numbers.quantile(1.0)) == (ordered[0], ordered[-1])
    assert numbers.quantile(0.5) == ordered[(len(ordered) - 1) // 2]


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95, 0.99])
def test_quantiles_of_many_values_are_within_one_percent(share: float) -> None:
    rng = random.Random(7)
    values = [rng.choice((-1, 1, 1)) * rng.lognormvariate(3, 2) for _ in range(20_000)]
    numbers = numbers_of(values)
    exact = sorted(values)[int(share * len(values)) - 1]
    assert numbers.bins, "so many values are no longer kept one by one"
    assert len(numbers.bins) < 3_000
    assert numbers.quantile(share) == pytest.approx(exact, rel=0.011)


def test_nothing_has_no_numbers() -> None:
    assert (Numbers().quantile(0.5), Numbers().deviation, Words().distinct, Words().top(3)) == (None, None, 0, [])


def test_few_words_are_counted_exactly_and_many_about() -> None:
    rng = random.Random(3)
    few = Counter(rng.choices([f"w{n}" for n in range(50)], k=5_000))
    words = Words()
    for word in few.elements():
        words.add(word)
    assert (words.exact, words.distinct) == (True, 50)
    assert dict(words.top(50)) == few
    many = Words()
    for number in range(40_000):
        many.add(f"word {number}")
        many.add("often" if number % 2 else "seldom" if number % 20 == 0 else f"other {number}")
    assert not many.exact
    assert many.distinct == pytest.approx(58_002, rel=0.1)
    assert many.top(1)[0][0] == "often"
    assert 20_000 - 80_000 / (KEPT + 1) <= many.top(1)[0][1] <= 20_000
