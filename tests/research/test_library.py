"""Storing papers and fetching their reports."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select

from callboard.history.database import reading, writing
from research.ai.analysis import Analysis, Finding, Usage
from research.embeddings.hashed import HashedEmbedder
from research.embeddings.passages import passages
from research.errors import UnknownPaper
from research.library import (
    delete_paper,
    paper_document,
    paper_pages,
    paper_sections,
    store_analysis,
    store_chunks,
    store_paper,
    store_quantities,
)
from research.models import ChunkRow, Model, PageRow, PaperRow
from research.papers.paper import PageText, Paper, Quantity, Section
from research.report import fetch_report

PAPER = Paper(
    file="cell.pdf",
    title="A soil battery",
    authors=("Ann Author", "Ben Writer"),
    year=2024,
    doi="10.1/xyz",
    pages=2,
    language="en",
    sections=(Section("Introduction", 1), Section("Results", 2)),
    references=("[1] A.", "[2] B.", "[3] C."),
    text=(PageText(1, "Soil batteries are small."), PageText(2, "They gave 310 mW.")),
)
QUANTITIES = [
    Quantity("power", 310.0, "mW", 2, "They gave 310 mW.", comparator="~", plus_minus=5.0),
    Quantity("voltage", 2.7, "V", 2, "From 2.7 to 4.2 V.", max=4.2),
]
KEYS = ["file", "title", "authors", "year", "doi", "pages", "language", "sections", "references"]
KEYS += ["summary", "key_phrases", "findings", "quantities", "embedding"]


def analysis(summary: str = "It works.", provider: str = "local", cost: float | None = 0.0) -> Analysis:
    usage = Usage("m-1", 10, 20, cost, 0.5)
    findings = (Finding("They gave 310 mW.", 2), Finding("It is cheap.", None))
    return Analysis(provider, summary, ("soil battery", "power"), findings, usage)


def store_all(database: Engine, paper: Paper = PAPER) -> None:
    """What the four steps of a paper's way store."""
    with writing(database) as session:
        store_paper(session, "p1", paper, file="cell.pdf", reference="file:" + "a" * 32, sha256="b" * 64)
    with writing(database) as session:
        store_analysis(session, "p1", analysis())
        store_quantities(session, "p1", QUANTITIES)
        found = passages(paper_pages(session, "p1"))
        store_chunks(session, "p1", "hashed-1024", found, HashedEmbedder().embed([p.text for p in found]))


def rows(database: Engine) -> dict[str, int]:
    with reading(database) as session:
        counted = {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in Model.metadata.sorted_tables
        }
    return {name: count or 0 for name, count in counted.items()}


def test_a_report_has_exactly_the_keys_that_were_agreed_and_is_json(database: Engine) -> None:
    store_all(database)
    with reading(database) as session:
        report = fetch_report(session, "p1")
    assert list(report) == KEYS
    assert json.loads(json.dumps(report)) == report
    assert report["sections"] == [{"title": "Introduction", "page": 1}, {"title": "Results", "page": 2}]
    assert report["quantities"][0] == {
        "name": "power",
        "value": 310.0,
        "max": None,
        "comparator": "~",
        "unit": "mW",
        "page": 2,
        "sentence": "They gave 310 mW.",
    }
    assert (report["file"], report["pages"], report["references"], report["year"]) == ("cell.pdf", 2, 3, 2024)
    assert report["findings"] == ["They gave 310 mW. (p. 2)", "It is cheap."]
    assert report["embedding"] == {"model": "hashed-1024", "chunks": 2}


def test_a_stored_paper_can_be_read_by_a_provider(database: Engine) -> None:
    store_all(database)
    with reading(database) as session:
        document = paper_document(session, "p1")
    assert (document.title, document.language) == ("A soil battery", "en")
    assert [page.text for page in document.pages] == [page.text for page in PAPER.text]
    assert [section.title for section in document.sections] == ["Introduction", "Results"]


def test_a_paper_that_was_only_extracted_has_a_report_with_gaps(database: Engine) -> None:
    with writing(database) as session:
        store_paper(session, "p1", PAPER, file="cell.pdf")
    with reading(database) as session:
        report = fetch_report(session, "p1")
    assert list(report) == KEYS
    gaps = [report[key] for key in ("summary", "key_phrases", "findings", "quantities", "embedding")]
    assert gaps == [None, [], [], [], {"model": None, "chunks": 0}]


def test_a_second_run_replaces_what_the_first_one_wrote(database: Engine) -> None:
    store_all(database)
    once = rows(database)
    store_all(database)
    assert rows(database) == once
    shorter = Paper("cell.pdf", "Another title", (), None, None, 1, None, text=(PageText(1, "One page."),))
    with writing(database) as session:
        store_paper(session, "p1", shorter, file="cell.pdf")
        store_quantities(session, "p1", [])
    with reading(database) as session:
        report = fetch_report(session, "p1")
        assert [page.text for page in paper_pages(session, "p1")] == ["One page."]
        assert paper_sections(session, "p1") == []
    assert (report["title"], report["quantities"], report["summary"]) == ("Another title", [], "It works.")


def test_four_runs_at_once_leave_one_paper(database: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: store_all(database), range(4)))
    found = rows(database)
    assert (found["papers"], found["paper_pages"], found["paper_analyses"], found["paper_chunks"]) == (1, 2, 1, 2)


def test_analyses_of_several_providers_are_kept_and_the_newest_is_reported(database: Engine) -> None:
    store_all(database)
    with writing(database) as session:
        store_analysis(session, "p1", analysis("By another.", "openai", cost=None))
    with reading(database) as session:
        assert fetch_report(session, "p1")["summary"] == "By another."
        costs = {row.provider: row.cost_usd for row in session.get_one(PaperRow, "p1").analyses}
    assert costs == {"local": 0.0, "openai": None}


def test_text_that_a_database_cannot_hold_is_stored_without_it(database: Engine) -> None:
    odd = Paper("x.pdf", "A\x00B\ud800", ("C\x00",), None, None, 1, None, text=(PageText(1, "x\x00y\udfff"),))
    with writing(database) as session:
        store_paper(session, "p2", odd, file="x\x00.pdf")
        assert paper_pages(session, "p2")[0].text == "xy"
        assert fetch_report(session, "p2")["title"] == "AB"


def test_a_step_for_a_paper_that_is_not_there_says_so(database: Engine) -> None:
    with writing(database) as session, pytest.raises(UnknownPaper, match="no paper has the id 'p9': extract it first"):
        store_quantities(session, "p9", QUANTITIES)
    with reading(database) as session, pytest.raises(UnknownPaper):
        fetch_report(session, "p9")


def test_a_deleted_paper_takes_everything_with_it(database: Engine) -> None:
    store_all(database)
    with writing(database) as session:
        assert delete_paper(session, "p1") is True
        assert delete_paper(session, "p1") is False
    assert sum(rows(database).values()) == 0


def test_vectors_and_passages_must_be_as_many(database: Engine) -> None:
    store_all(database)
    with writing(database) as session, pytest.raises(ValueError, match="got 1 for 2 of p1"):
        store_chunks(session, "p1", "m", passages(PAPER.text), HashedEmbedder().embed(["x"]))


def test_a_vector_comes_back_as_it_was_stored(database: Engine) -> None:
    import numpy as np

    store_all(database)
    expected = HashedEmbedder().embed(["Soil batteries are small."])[0]
    with reading(database) as session:
        stored = session.scalars(select(ChunkRow.vector).order_by(ChunkRow.position)).first()
    assert np.array_equal(np.frombuffer(stored or b"", "<f4"), expected)


def test_a_failed_transaction_leaves_nothing(database: Engine) -> None:
    def write_and_fail() -> None:
        with writing(database) as session:
            store_paper(session, "p1", PAPER, file="cell.pdf")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_and_fail()
    assert rows(database)["papers"] == 0


def test_a_reader_sees_the_old_state_while_a_writer_is_at_work(database: Engine) -> None:
    store_all(database)
    with writing(database) as writer:
        store_paper(writer, "p1", Paper("cell.pdf", "New", (), None, None, 0, None), file="cell.pdf")
        with reading(database) as reader:
            assert fetch_report(reader, "p1")["title"] == "A soil battery"
            assert reader.scalar(select(func.count()).select_from(PageRow)) == 2
