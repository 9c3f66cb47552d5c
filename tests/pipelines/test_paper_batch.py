"""A folder of papers: the bad ones stop nobody, and are named."""

from __future__ import annotations

import shutil
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from actors import services
from actors.paper_processing import paper_batch_summary
from callboard.jobs.errors import InvalidArguments
from pipelines.paper_batch import page_of, paper_batch
from pipelines.registry import PIPELINES, plan_on
from tests.platform_worker import Platform

PAPERS = Path(__file__).parents[1] / "data" / "papers"
GOOD = ("outlines-4-pages.pdf", "arabic-habibi.pdf", "layout-ieee.pdf")
BAD = {"encrypted-openpassword.pdf": "password", "image-only-one-page.pdf": "text layer", "empty.pdf": "empty"}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Three good papers, one of them twice, and three bad ones."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in (*GOOD, *BAD):
        if name != "empty.pdf":
            shutil.copy(PAPERS / name, folder / name)
    (folder / "empty.pdf").touch()
    shutil.copy(PAPERS / GOOD[0], folder / "the-same-again.pdf")
    return folder


@pytest.fixture
def deployed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The deployment, with this process planning for it."""
    monkeypatch.setattr(services, "settings", lambda: platform.settings)
    monkeypatch.setattr(services, "files", lambda: platform.files)
    return platform


def test_three_bad_papers_of_six_stop_nobody_and_are_named_with_the_reason(deployed: Platform, inbox: Path) -> None:
    plan = plan_on(PIPELINES["paper_batch"], inbox, {"notify": ["ann@papers.example"]})  # S2.6
    status = deployed.flow(plan)
    assert (status.state, status.jobs) == ("completed", 6 * 4 + 2)
    summary = deployed.ended(plan.meta["summary"]).result
    assert (summary["papers"], summary["done"], summary["failures"]) == (6, 3, 3)
    reasons = {bad["file"]: bad["reason"] for bad in summary["failed"]}
    assert set(reasons) == set(BAD)
    assert [name for name, word in BAD.items() if word not in reasons[name].lower()] == [], reasons
    assert {bad["step"] for bad in summary["failed"]} == {"extract"}
    extracted = [job for job in deployed.store.find_many(status.members) if job and job.type == "extract_pdf"]
    assert {job.attempt for job in extracted} == {1}
    assert_mailed(deployed, summary["failed"])
    page = page_of(summary)
    assert page.startswith("# 3 of 6 papers processed\n")
    assert all(f"| {name} | extract | " in page for name in BAD)


def assert_mailed(deployed: Platform, failed: list[dict[str, str]]) -> None:
    (mail,) = mails_to_ann(deployed)
    assert mail["Subject"] == "3 of 6 papers processed, 3 failed"
    text = mail.get_body(("plain",))
    assert text is not None
    assert all(f"- {bad['file']} (extract): " in text.get_content() for bad in failed)


def mails_to_ann(deployed: Platform) -> list[EmailMessage]:
    files = [path.read_bytes() for path in deployed.settings.mail_folder.glob("*.eml")]
    mails = [message_from_bytes(content, policy=default) for content in files]
    return [mail for mail in mails if mail["To"] == "ann@papers.example"]


def test_no_file_is_no_batch(deployed: Platform) -> None:
    with pytest.raises(InvalidArguments, match="at least one file, got none"):
        paper_batch([])


def test_a_summary_of_no_flow_fails_after_one_attempt_with_the_reason(deployed: Platform) -> None:
    job = deployed.run(paper_batch_summary, flow="nowhere")
    failure = deployed.failure(job)
    assert (job.state, job.attempt, failure["class"]) == ("failed", 1, "permanent")
    assert "there is no flow 'nowhere'" in failure["message"]
