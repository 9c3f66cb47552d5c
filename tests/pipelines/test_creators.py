"""Jobs made as the documents of the five platforms make them."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from actors import services
from actors.paper_processing import extract_pdf
from callboard.broker.errors import JobMissing, NotPossible, UnknownType
from callboard.facade import JobChain
from callboard.jobs.errors import InvalidArguments
from callboard.testing.board import Board
from pipelines.creators import JobCreators
from pipelines.job_queues import get_job_queue_manager
from pipelines.job_types import JobType, create

PAPER = Path(__file__).parents[1] / "data" / "papers" / "layout-ieee.pdf"


def stored_paper() -> str:
    return services.files().put_path(PAPER).reference


def mails() -> list[EmailMessage]:
    found = services.settings().mail_folder.glob("*.eml")
    return [message_from_bytes(path.read_bytes(), policy=default) for path in found]


# -- S2


def test_a_step_for_a_paper(board: Board) -> None:
    job = JobCreators.process_paper("paper-123", "extract_pdf", {"priority": 2})  # S2.13
    assert (job.type, job.queue, job.state) == ("extract_pdf", "paper-processing", "waiting")
    assert (job.kwargs, job.priority) == ({"paper_id": "paper-123"}, 2)
    assert JobCreators.process_paper("1", "extract-pdf", file="file:1", priority="high").kwargs["file"] == "file:1"


def test_options_of_one_job_as_tests_of_the_document_give_them(board: Board) -> None:
    options = {"attempts": 1, "removeOnComplete": True, "removeOnFail": True}  # S2.49
    job = JobCreators.process_paper("test-paper-123", "extract_pdf", options)
    assert job.attempts == 1
    board.drain(fail_fast=False)
    found = get_job_queue_manager().get_job(job.id)
    assert found is not None
    assert (found.state, found.attempt) == ("failed", 1)


def test_a_mail(board: Board) -> None:
    job = JobCreators.send_email("user@example.com", "welcome", {"name": "John Doe"})  # S2.14
    assert (job.queue, job.kwargs["to"]) == ("email-notifications", ["user@example.com"])
    board.drain()
    assert [(mail["To"], mail["Subject"]) for mail in mails()] == [
        ("user@example.com", "Welcome to Callboard, John Doe")
    ]


def test_a_mail_to_many(board: Board) -> None:
    people = [{"to": "ann@lab.example", "data": {"name": "Ann"}}, {"to": "ben@lab.example", "data": {"name": "Ben"}}]
    JobCreators.send_emails(people, "welcome", priority="high")  # S2.32
    board.drain()
    assert {mail["To"] for mail in mails()} == {"ann@lab.example", "ben@lab.example"}


def test_a_step_for_an_experiment_on_behalf_of_a_user(board: Board) -> None:
    job = JobCreators.process_experiment("exp-456", "calculate_metrics", "user-789")  # S2.15
    assert (job.type, job.queue, job.meta) == ("calculate_metrics", "experiment-data", {"user": "user-789"})
    assert job.kwargs["experiment_id"] == "exp-456"


def test_the_other_families(board: Board) -> None:
    made = [
        JobCreators.export_data("papers", "csv"),
        JobCreators.clean_up("clean-temp-data", dry_run=True),
        JobCreators.run_scheduled("daily_report"),
        JobCreators.train_model("classification", "kinds", data="readings", target="kind"),
        JobCreators.import_excel("file:0", "yields", batch_size=10),
    ]
    assert [(job.type, job.queue) for job in made] == [
        ("data_export", "data-export"),
        ("clean_temp_data", "database-cleanup"),
        ("daily_report", "scheduled-tasks"),
        ("train_model", "ml-training"),
        ("excel_import", "excel-import"),
    ]
    assert made[1].kwargs["dry_run"] is True


def test_an_action_that_is_unknown_is_named_with_those_there_are(board: Board) -> None:
    with pytest.raises(UnknownType, match=r'action "extract" is unknown; actions of paper-processing are analyze_con'):
        JobCreators.process_paper("1", "extract")


def test_a_key_that_is_unknown_is_named(board: Board) -> None:
    with pytest.raises(InvalidArguments, match="extract_pdf do not fit: pageNo: Unknown field"):
        JobCreators.process_paper("1", "extract_pdf", pageNo=3)
    with pytest.raises(InvalidArguments, match='option "backoff" is unknown; options are priority, attempts'):
        JobCreators.process_paper("1", "extract_pdf", {"backoff": 3})


def test_the_chain_of_the_document_ends_in_a_mail_about_the_paper(board: Board) -> None:
    board.run(extract_pdf, paper_id="123", file=stored_paper())
    (
        JobChain()  # S2.5 S2.16
        .add("PAPER_PROCESSING", "extract-pdf", {"paperId": "123"})
        .add("PAPER_PROCESSING", "analyze-content", {"paperId": "123"})
        .add("EMAIL_NOTIFICATIONS", "notify-complete", {"to": "user@example.com", "template": "paper_processed"})
        .execute()
    )
    assert board.drain().completed == 3
    (mail,) = mails()
    assert mail["Subject"].startswith("Paper processed: ")
    text = mail.get_body(("plain",))
    assert text is not None
    assert "SUMMARY" in text.get_content()


# -- S1


def test_the_queue_manager_adds_asks_cancels_retries_and_counts(board: Board) -> None:
    manager = get_job_queue_manager()
    assert manager is get_job_queue_manager()  # S1.24
    job = manager.add_analysis_job("paper-123", ["openai", "anthropic"])
    assert manager.get_job_status(job) == "waiting"  # S1.9 S1.10
    assert manager.get_job_progress(job) == {}
    assert board.job(job).kwargs["providers"] == ["openai", "anthropic"]
    assert manager.get_queue_stats("AI_ANALYSIS").waiting == manager.get_queue_stats().waiting == 1  # S1.13
    assert manager.cancel_job(job) is True  # S1.11
    manager.retry_job(job)  # S1.12
    assert manager.get_job_status(job) == "waiting"
    with pytest.raises(NotPossible, match="cannot rerun job"):
        manager.retry_job(job)
    with pytest.raises(JobMissing):
        manager.cancel_job("01ARZ3NDEKTSV4RRFFQ69G5FAV")


# -- S5


def test_every_type_of_the_platform_is_in_the_enum(board: Board) -> None:
    assert set(board.broker.actors) == {str(type) for type in JobType}


def test_a_batch_of_terms_as_the_document_asks_for_it(board: Board) -> None:
    data = {
        "terms": [{"id": id, "name": f"Term {id}"} for id in ("1", "2")],
        "sections": ["definition"],
        "batchSize": 10,
        "costLimit": 50.00,
    }
    job = board.job(get_job_queue_manager().add_job(JobType.AI_BATCH_PROCESSING, data))  # S5.10 S5.21
    assert (job.kwargs["batch_size"], job.kwargs["cost_limit"], job.queue) == (10, 50.0, "ai-content")


@pytest.mark.parametrize("type", ["EMAIL_SEND", "email-send", "emailSend"])
def test_a_type_in_any_spelling(board: Board, type: str) -> None:
    assert create(type, {"to": "a@b.org", "template": "welcome"}, delay=5_000).type == "email_send"


def test_a_queue_with_an_action_means_the_type_that_the_action_names(board: Board) -> None:
    assert create("paper_processing", {"paperId": "123", "action": "extract_pdf"}).type == "extract_pdf"  # S2.25
    mail = {"to": "user@example.com", "template": "welcome", "data": {}}
    assert create("EMAIL_NOTIFICATIONS", mail).type == "email_send"  # the one of its types that takes this data
    with pytest.raises(UnknownType, match='action "fold" is unknown; actions of paper_processing are analyze_content'):
        create("paper_processing", {"action": "fold"})
    with pytest.raises(UnknownType, match='job type "papers" is unknown; types are '):
        create("papers", {})


def test_a_workbook_is_stored_and_imported(board: Board) -> None:
    manager, options = get_job_queue_manager(), {"checkpointEnabled": True, "batchSize": 50}
    given: dict[str, Any] = {"fileBuffer": b"PK", "fileName": "Yields 2024.xlsx", "importOptions": options}
    job = board.job(manager.add_excel_import_job(given))  # S5.21 S5.28
    assert (job.type, job.kwargs["table"], job.kwargs["batch_size"]) == ("excel_import", "yields_2024", 50)
    assert services.files().describe(job.kwargs["file"]).name == "Yields 2024.xlsx"
    again = board.job(manager.add_excel_import_job(file=job.kwargs["file"], table="other", priority="high"))
    assert (again.kwargs["file"], again.kwargs["table"], again.priority) == (job.kwargs["file"], "other", 2)


def test_an_import_without_a_file_or_with_an_unknown_key_is_refused(board: Board) -> None:
    manager = get_job_queue_manager()
    with pytest.raises(InvalidArguments, match="takes file_buffer, the bytes of a workbook, or file"):
        manager.add_excel_import_job(table="x")
    with pytest.raises(InvalidArguments, match='argument "buffer" of an import is unknown'):
        manager.add_excel_import_job(buffer=b"PK")


def test_every_block_of_the_page_runs(board: Board) -> None:
    page = (Path(__file__).parents[2] / "docs" / "from-code.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert len(board.all_enqueued()) == 11


def test_the_page_names_every_creator() -> None:
    page = (Path(__file__).parents[2] / "docs" / "from-code.md").read_text(encoding="utf-8")
    creators = [name for name in vars(JobCreators) if not name.startswith("_")]
    assert [name for name in creators if f"`{name}(" not in page] == []
