"""Writing a section without a model: from what the library says, and nothing else."""

from dataclasses import dataclass

import pytest

from callboard.jobs.errors import Permanent
from research.ai.analysis import Section
from research.ai.errors import NothingKnown
from research.ai.local.provider import LocalProvider

FIRST = (
    "The microbial fuel cells were fed with acetate for thirty days. In practice a microbial fuel cell works best at "
    "thirty degrees, since its bacteria grow slowly in the cold [3]. Power was stable in the end."
)
SECOND = "A microbial fuel cell turns organic waste into current by means of bacteria that live on its anode."

IMPRINT = "Bread is baked. Journal of Power, a paper on the microbial fuel cell in the cold, cite this: 3 (2024)."


@dataclass(frozen=True)
class Passage:
    paper: str
    page: int
    passage: str
    title: str | None = None


PASSAGES = [Passage("p1", 3, FIRST, "Cells in the cold"), Passage("p2", 7, SECOND), Passage("p3", 1, IMPRINT)]


def write(term: str, title: str = "Best Practices", most_tokens: int = 4_000) -> str:
    return LocalProvider(lambda _question: PASSAGES).write(Section(term, title, most_tokens)).text


def test_a_section_is_made_of_sentences_that_name_the_term_each_with_its_source() -> None:
    text = write("Microbial Fuel Cell")
    said, _, sources = text.partition("\n\nSources:\n\n")
    assert said == (
        "What the stored papers say on Microbial Fuel Cell: The microbial fuel cells were fed with acetate for thirty "
        "days. [1] In practice a microbial fuel cell works best at thirty degrees, since its bacteria grow slowly in "
        f"the cold. [1] {SECOND} [2]"
    )
    assert sources.splitlines() == ["- [1] Cells in the cold, p. 3", "- [2] p2, p. 7"]


def test_sentences_that_fit_the_title_come_first_where_there_is_little_room() -> None:
    text = write("microbial fuel cell", "Practice of microbial fuel cells in the cold", most_tokens=30)
    assert "thirty degrees" in text
    assert "acetate" not in text
    assert SECOND not in text


def test_it_costs_nothing_and_says_by_whom() -> None:
    reply = LocalProvider(lambda _question: PASSAGES).write(Section("fuel cell", "Overview"))
    assert (reply.usage.model, reply.usage.cost_usd, reply.usage.price_source) == ("extractive-1", 0.0, "this machine")


@pytest.mark.parametrize("term", ["Machine Learning", "fuel cell stack", "."])
def test_a_term_that_the_library_does_not_know_is_refused(term: str) -> None:
    with pytest.raises(NothingKnown, match="the library says nothing on"):
        write(term)


def test_without_a_library_nothing_is_written() -> None:
    with pytest.raises(Permanent, match="was given none to search"):
        LocalProvider().write(Section("fuel cell", "Overview"))
