from typing import Any

import dramatiq.broker
import pytest
from marshmallow import Schema, fields

from callboard.broker.broker import CallboardBroker
from callboard.broker.errors import UnknownQueue, UnknownType
from callboard.facade import JobChain
from callboard.facade.errors import EmptyChain, NotInitialized
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.policy import Queue
from callboard.worker.in_process import start_worker, stop_worker
from callboard.worker.job import job
from tests.waiting import wait_until

paper_queue, mail_queue = Queue("paper-processing"), Queue("email-notifications")


class Paper(Schema):
    paper_id = fields.String(required=True)


class Mail(Schema):
    to = fields.List(fields.String(), required=True)
    template = fields.String(required=True)


class Batch(Schema):
    recipients = fields.List(fields.String(), required=True)


@pytest.fixture
def ran(broker: CallboardBroker) -> list[Any]:
    """Job types like those of S2; what they ran is noted."""
    ran: list[Any] = []

    @job(queue=paper_queue, schema=Paper, pipe_ignore=True)
    def extract_pdf(paper_id: str) -> None:
        ran.append(("extract_pdf", paper_id))

    @job(queue=paper_queue, schema=Paper, pipe_ignore=True)
    def analyze_content(paper_id: str) -> None:
        ran.append(("analyze_content", paper_id))

    @job(queue=mail_queue, schema=Mail, pipe_ignore=True)
    def email_send(to: list[str], template: str) -> None:
        ran.append(("email_send", to, template))

    @job(queue=mail_queue, schema=Batch, pipe_ignore=True)
    def email_batch(recipients: list[str]) -> None:
        ran.append(("email_batch", recipients))

    return ran


def the_chain_of_the_document() -> JobChain:
    return (
        JobChain()
        .add("PAPER_PROCESSING", "extract-pdf", {"paperId": "123"})
        .add("PAPER_PROCESSING", "analyze-content", {"paperId": "123"})
        .add("EMAIL_NOTIFICATIONS", "notify-complete", {"to": "user@example.com", "template": "paper_processed"})
    )


def test_a_chain_over_queues_returns_its_jobs_in_order(ran: list[Any]) -> None:
    jobs = the_chain_of_the_document().execute()  # S2.16
    assert [(job.type, job.queue, job.state) for job in jobs] == [
        ("extract_pdf", "paper-processing", "waiting"),
        ("analyze_content", "paper-processing", "blocked"),
        ("email_send", "email-notifications", "blocked"),
    ]
    assert [job.step for job in jobs] == ["extract_pdf", "analyze_content", "notify_complete"]
    assert len({job.flow for job in jobs}) == 1


def test_a_chain_runs_to_its_end(broker: CallboardBroker, ran: list[Any]) -> None:
    jobs = the_chain_of_the_document().execute()  # S2.5 S2.16
    worker = start_worker(broker, threads=2)
    try:
        wait_until(lambda: broker.store.get(jobs[-1].id).state == "completed")
    finally:
        stop_worker(worker)
    assert ran == [
        ("extract_pdf", "123"),
        ("analyze_content", "123"),
        ("email_send", ["user@example.com"], "paper_processed"),
    ]


def test_nothing_is_enqueued_before_the_chain_is_executed(broker: CallboardBroker, ran: list[Any]) -> None:
    the_chain_of_the_document()
    assert broker.store.queues() == []


def test_an_id_goes_along_to_the_steps_that_take_it(broker: CallboardBroker, ran: list[Any]) -> None:
    chain = JobChain().add("PAPER_PROCESSING", "extract-pdf", {"paperId": "1"})
    jobs = chain.add("PAPER_PROCESSING", "analyze-content").add("PAPER_PROCESSING", "extract-pdf", {"paperId": "2"})
    assert [job.kwargs for job in jobs.execute()] == [{"paper_id": "1"}, {"paper_id": "1"}, {"paper_id": "2"}]
    mail = {"to": "ann@lab.example", "template": "welcome"}
    (job,) = chain.add("EMAIL_NOTIFICATIONS", "email-send", mail).execute()
    assert job.kwargs == {"to": ["ann@lab.example"], "template": "welcome"}


def test_options_of_a_step_are_those_of_a_message(ran: list[Any]) -> None:
    first = (
        JobChain().add("paper_processing", "extractPdf", {"paper_id": "1"}, priority="high", attempts=1).execute()[0]
    )
    assert (first.priority, first.attempts) == (2, 1)


def test_a_chain_is_executed_once(ran: list[Any]) -> None:
    chain = the_chain_of_the_document()
    chain.execute()
    with pytest.raises(EmptyChain, match="at least one job"):
        chain.execute()


def test_an_unknown_queue_is_named_with_those_there_are(ran: list[Any]) -> None:
    with pytest.raises(UnknownQueue, match="declared queues are email-notifications, paper-processing"):
        JobChain().add("PAPERS", "extract-pdf", {})


def test_a_name_that_more_than_one_type_could_mean_is_refused(ran: list[Any]) -> None:
    with pytest.raises(UnknownType, match="2 types take its data; types are analyze_content, extract_pdf"):
        JobChain().add("PAPER_PROCESSING", "extract-pfd", {"paperId": "1"})


def test_a_name_whose_data_no_type_takes_is_refused(ran: list[Any]) -> None:
    with pytest.raises(UnknownType, match="no type takes its data"):
        JobChain().add("EMAIL_NOTIFICATIONS", "notify", {"subject": "x"})


def test_a_type_of_another_queue_is_refused(ran: list[Any]) -> None:
    with pytest.raises(UnknownType, match="extract_pdf belongs to queue paper-processing, not to email-notifications"):
        JobChain().add("EMAIL_NOTIFICATIONS", "extract-pdf", {"paperId": "1"})


def test_data_that_does_not_fit_names_what_the_caller_wrote(ran: list[Any]) -> None:
    with pytest.raises(InvalidArguments, match=r"pageNo: Unknown field"):
        JobChain().add("PAPER_PROCESSING", "extract-pdf", {"paperId": "1", "pageNo": 2})


def test_without_job_types_a_chain_says_what_to_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dramatiq.broker, "global_broker", None)
    with pytest.raises(NotInitialized, match="import `actors` first"):
        JobChain().add("PAPER_PROCESSING", "extract-pdf", {})
