"""Finding papers: hashed vectors, BM25 and both merged, on real abstracts."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import Engine

from callboard.history.database import reading, writing
from research.ai.analysis import TextPage
from research.embeddings.hashed import HashedEmbedder
from research.embeddings.passages import Passage, passages
from research.library import StoredPage, store_chunks, store_paper
from research.papers.paper import PageText, Paper
from research.search import Hit, search

TOPICS = {
    "fuel": (
        "Microbial fuel cells",
        "Exoelectrogenic bacteria in a microbial fuel cell turn lactate into electricity.",
    ),
    "ski": ("Eating before a race", "Ski mountaineers ate less carbohydrate than the nutritional recommendations say."),
    "anode": ("Porous carbon anodes", "Reed flowers were turned into a porous carbon anode for lithium-ion batteries."),
}


def paper_of(title: str, text: str) -> Paper:
    return Paper(
        file="x.pdf",
        title=title,
        authors=("A. Author",),
        year=2020,
        doi=None,
        pages=1,
        language="en",
        text=(PageText(1, text),),
    )


@pytest.fixture
def library(database: Engine) -> Engine:
    """Three short papers, embedded by hashed features."""
    with writing(database) as session:
        for paper_id, (title, text) in TOPICS.items():
            store_paper(session, paper_id, paper_of(title, text), file="x.pdf")
            found = passages([StoredPage(1, text)])
            store_chunks(session, paper_id, "hashed-1024", found, HashedEmbedder().embed([p.text for p in found]))
    return database


@pytest.mark.parametrize(
    ("question", "paper"),
    [
        ("bacteria that make electricity", "fuel"),
        ("what do mountaineers eat? carbohydrates", "ski"),
        ("battery anodes of carbon", "anode"),
    ],
)
def test_a_question_finds_the_paper_with_its_page_and_passage(library: Engine, question: str, paper: str) -> None:
    with reading(library) as session:
        best = search(session, question, limit=2)[0]
    assert (best.paper, best.title, best.page, best.passage) == (paper, TOPICS[paper][0], 1, TOPICS[paper][1])
    assert 0 < best.score <= 1


def test_a_question_about_nothing_stored_finds_nothing(library: Engine) -> None:
    with reading(library) as session:
        assert search(session, "quantum chromodynamics") == []
        assert search(session, "  ") == []


def test_a_paper_embedded_again_is_found_once(library: Engine) -> None:
    text = "Membranes of graphene oxide filter salt. " * 40
    found = passages([TextPage(4, text)])
    with writing(library) as session:
        for _ in range(2):
            store_chunks(session, "fuel", "hashed-1024", found, HashedEmbedder().embed([p.text for p in found]))
    with reading(library) as session:
        hits = search(session, "graphene oxide membranes")
    assert [(hit.paper, hit.page) for hit in hits] == [("fuel", 4)]


def test_passages_of_a_model_that_is_not_installed_are_found_by_their_words(library: Engine) -> None:
    with writing(library) as session:
        vectors = HashedEmbedder().embed(["x"])
        store_chunks(session, "ski", "some-model-of-others", [Passage(2, "Glycogen stores run dry.")], vectors)
    with reading(library) as session:
        assert [(hit.paper, hit.page) for hit in search(session, "glycogen")] == [("ski", 2)]


def test_hashed_vectors_are_the_same_on_every_machine() -> None:
    vector = HashedEmbedder().embed(["Microbial fuel cells, microbial power"])[0]
    # Written down once: the four words and the four pairs of neighbours.
    expected = [
        (237, 0.191),
        (263, 0.191),
        (416, 0.382),
        (489, 0.191),
        (801, -0.191),
        (849, 0.646),
        (994, 0.382),
        (1001, -0.382),
    ]
    assert [(int(column), round(float(vector[column]), 3)) for column in vector.nonzero()[0]] == expected


def test_a_title_finds_its_own_abstract_among_two_hundred(database: Engine, abstracts: list[tuple[str, str]]) -> None:
    texts = [Passage(1, abstract) for _, abstract in abstracts]
    vectors = HashedEmbedder().embed([passage.text for passage in texts])
    with writing(database) as session:
        for number, (title, _) in enumerate(abstracts):
            store_paper(session, str(number), paper_of(title, "-"), file="x")
            store_chunks(session, str(number), "hashed-1024", [texts[number]], vectors[number : number + 1])
    with reading(database) as session:
        ranks = [rank_of(search(session, title), str(number)) for number, (title, _) in enumerate(abstracts[:60])]
    assert sum(1 / rank for rank in ranks if rank) / len(ranks) >= 0.8


def rank_of(hits: list[Hit], paper: str) -> int:
    found = [number for number, hit in enumerate(hits, start=1) if hit.paper == paper]
    return found[0] if found else 0


@pytest.fixture(scope="module")
def abstracts() -> list[tuple[str, str]]:
    """Titles and abstracts of real papers on stress and cortisol (SYNERGY data set, CC0)."""
    path = Path(__file__).parent / "abstracts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["title"], row["abstract"]) for row in csv.DictReader(file)]
