"""What models cost, by the shipped list and by a file of our own."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from research.ai.errors import BadPrices
from research.ai.prices import cost

OWN = """
source = "price sheet of the institute"
date = 2026-11-01

[openai."llama-3.3-70b"]
input = 0.10
output = 0.30

[openai.gpt-4o-mini]
input = 1
output = 2
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(OWN)
    return path


# S5.5 S5.13
def test_the_model_that_the_documents_name_has_a_price_with_its_source_and_date() -> None:
    found = cost("openai", "gpt-4-turbo-preview", 1_000_000, 1_000_000)
    assert found is not None
    assert found.usd == Decimal(40)
    assert found.source.startswith("genai-prices ")
    assert date(2026, 1, 1) <= found.as_of <= datetime.now(UTC).date()
    assert found.words == f"{found.source} of {found.as_of}"


def test_a_price_of_our_own_wins_and_names_its_source(own: Path) -> None:
    found = cost("openai", "gpt-4o-mini", 1_000_000, 1_000_000, own)
    assert found is not None
    assert (found.usd, found.words) == (Decimal(3), "price sheet of the institute of 2026-11-01")
    mine = cost("openai", "llama-3.3-70b", 1_000, 2_000, own)
    assert mine is not None
    assert mine.usd == Decimal("0.0007")
    assert cost("anthropic", "llama-3.3-70b", 1, 1, own) is None
    listed = cost("openai", "gpt-5-mini", 1_000_000, 0, own)
    assert listed is not None
    assert listed.source.startswith("genai-prices ")


def test_a_price_that_was_changed_holds_at_once(own: Path) -> None:
    cost("openai", "gpt-4o-mini", 1, 1, own)
    own.write_text(OWN.replace("input = 1\n", "input = 5\n") + "# longer\n")
    found = cost("openai", "gpt-4o-mini", 1_000_000, 0, own)
    assert found is not None
    assert found.usd == 5


def test_the_cost_of_an_unknown_model_is_unknown_and_not_nothing() -> None:
    assert cost("openai", "llama-of-our-own", 1_000, 100) is None


def test_what_is_done_on_this_machine_costs_nothing() -> None:
    found = cost("local", "extractive-1", 10**9, 10**9)
    assert found is not None
    assert found.usd == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source = 1", "needs a source and a date"),
        ('source = "x"\ndate = "2026-11-01"', "needs a source and a date"),
        (
            'source = "x"\ndate = 2026-11-01\n[openai.m]\ninput = "1"\noutput = 1',
            "input of model 'm' must be US dollars",
        ),
        ('source = "x"\ndate = 2026-11-01\n[openai.m]\ninput = 1', "output of model 'm' must be US dollars"),
        ('source = "x"\ndate = 2026-11-01\n[openai.m]\ninput = -1\noutput = 1', "got Decimal|got -1"),
        ('source = "x"\ndate = 2026-11-01\n[openai.m]\ninput = nan\noutput = 1', "got Decimal"),
        ("[[", "cannot be read"),
    ],
)
def test_a_file_of_prices_that_cannot_be_read_is_refused_by_name(own: Path, text: str, message: str) -> None:
    own.write_text(text)
    with pytest.raises(BadPrices, match=message):
        cost("openai", "m", 1, 1, own)


def test_a_file_of_prices_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPrices, match="cannot be read"):
        cost("openai", "m", 1, 1, tmp_path / "none.toml")
