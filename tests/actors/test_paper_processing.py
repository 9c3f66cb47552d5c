"""The paper types, end to end: a real worker, real papers."""

import pytest

from actors.paper_processing import analyze_content, extract_parameters, extract_pdf, generate_embeddings
from callboard.history.database import reading
from research.report import fetch_report
from tests.platform_worker import ROOT, Platform

PAPERS = ROOT / "tests" / "data" / "papers"


@pytest.fixture(scope="module")
def paper(platform: Platform) -> str:
    """The id of a stored paper on microbial fuel cells."""
    file = platform.files.put_path(PAPERS / "mfc-shewanella-flow-2024.pdf").reference
    job = platform.run(extract_pdf, paper_id="mfc", file=file)
    assert job.state == "completed"
    return "mfc"


# S2.28
def test_a_paper_is_read_by_a_worker(platform: Platform, paper: str) -> None:
    with reading(platform.engine) as session:
        report = fetch_report(session, paper)
    assert report["title"].startswith("High power density redox-mediated Shewanella")
    assert (report["pages"], report["language"]) == (11, "en")


# S2.28
@pytest.mark.parametrize("actor", [analyze_content, generate_embeddings, extract_parameters])
def test_a_read_paper_is_worked_on_by_a_worker(platform: Platform, paper: str, actor: object) -> None:
    job = platform.run(actor, paper_id=paper)
    assert job.state == "completed", platform.failure(job)
    assert job.progress
    assert (job.progress["percent"], job.progress["step"]) == (100.0, "stored")
    found = {"findings": 1, "chunks": 20, "quantities": 100}
    (number,) = (job.result[name] for name in found if name in job.result)
    assert number >= next(least for name, least in found.items() if name in job.result)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("encrypted-openpassword.pdf", "password"),
        ("image-only-one-page.pdf", "no text"),
        (b"", "empty"),
        (b"%PDF-1.7 cut off", "PDF"),
    ],
)
def test_a_file_that_cannot_be_read_fails_once_and_says_why(platform: Platform, file: str | bytes, said: str) -> None:
    content = file if isinstance(file, bytes) else (PAPERS / file).read_bytes()
    stored = platform.files.put(content, "paper.pdf")
    job = platform.run(extract_pdf, paper_id="bad", file=stored.reference)
    assert (job.state, job.attempt) == ("failed", 1)
    assert platform.failure(job)["class"] == "permanent"
    assert said in platform.failure(job)["message"]


@pytest.mark.parametrize("actor", [analyze_content, generate_embeddings, extract_parameters])
def test_a_paper_that_nobody_stored_fails_once_and_is_named(platform: Platform, actor: object) -> None:
    job = platform.run(actor, paper_id="nobody")
    assert (job.state, job.attempt) == ("failed", 1)
    assert "nobody" in platform.failure(job)["message"]
