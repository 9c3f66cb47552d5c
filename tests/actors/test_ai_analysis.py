"""Analyses as jobs: through a real worker on a real paper, and by several providers on a server of the test's own."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from actors import services
from actors.ai_analysis import ai_analysis, analysis_queue
from actors.email_notifications import email_send
from actors.paper_processing import extract_pdf
from actors.webhooks import webhook_deliver
from callboard.history.database import reading, writing
from callboard.jobs.errors import InvalidArguments, Permanent, RateLimited
from callboard.jobs.policy import RETRY_PRESETS
from callboard.jobs.settings import Settings
from callboard.testing.board import Board
from research.ai import ledger, opinions
from research.ai.fitting import MOST_BYTES, fitted
from research.library import store_paper
from research.notifications.reader import read_events
from research.notifications.services import Services
from research.papers.paper import PageText, Paper
from research.report import fetch_report
from tests.platform_worker import ROOT, Platform
from tests.research.ai.server import ANTHROPIC, OPENAI, AiServer, Answer, serving

PAPER = ROOT / "tests" / "data" / "papers" / "mfc-shewanella-flow-2024.pdf"
KEY = "sk-CANARY-1234567890"
TEXT = {"document_text": "The pupil reads well.", "case_id": "8f14e45f-ceea", "module_type": "post_secondary"}
SAID = json.dumps({"summary": "Reads well.", "key_phrases": ["reading"], "findings": [{"text": "It does.", "page": 1}]})
GOOD = Answer((SAID,))
BUSY = Answer(status=503, body={"error": {"message": "busy"}})
REFUSED = Answer(status=401, body={"error": {"message": f"the key {KEY} is wrong"}})


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[AiServer]:
    """A server that the settings name for both providers."""
    with serving() as server:
        chosen = replace(
            settings,
            openai_base_url=f"{server.url}/v1",
            openai_api_key=KEY,
            openai_model="gpt-4o-mini",
            anthropic_base_url=server.url,
            anthropic_api_key=KEY,
        )
        monkeypatch.setattr(services, "settings", lambda: chosen)
        yield server


def answering(server: AiServer, openai: Answer = GOOD, anthropic: Answer = GOOD) -> None:
    """Have each provider always say the same."""
    server.by = lambda request: {OPENAI: openai, ANTHROPIC: anthropic}[request["path"]]


def paths(server: AiServer) -> list[str]:
    return [request["path"] for request in server.asked]


# S5.23 S5.29
def test_the_queue_and_the_policy_are_those_of_the_design() -> None:
    policy = ai_analysis.policy
    assert (analysis_queue.name, analysis_queue.concurrency) == ("ai-analysis", 10)
    assert (policy.timeout, policy.priority, policy.retry) == (600, 2, RETRY_PRESETS["ai"])
    assert [policy.retry.delay(attempt) for attempt in (1, 2)] == [10, 10]


# S1.14 S1.17 S3.15 S3.6
def test_a_real_paper_is_analysed_by_a_worker_and_the_result_is_stored(platform: Platform) -> None:
    file = platform.files.put_path(PAPER).reference
    assert platform.run(extract_pdf, paper_id="analysed", file=file).state == "completed"
    job = platform.run(ai_analysis, paper_id="analysed", providers=["local"])
    assert job.state == "completed", platform.failure(job)
    report, data = job.result["markdown_report"], job.result["analysis_data"]["local"]
    assert report.startswith("# Analysis of High power density redox-mediated Shewanella")
    assert "## local (extractive-1)" in report
    assert data["summary"] in report
    assert len(data["findings"]) >= 1
    assert (data["cost_usd"], data["price_source"], job.result["cost_usd"]) == (0.0, "this machine", 0.0)
    assert job.progress
    assert (job.progress["percent"], job.progress["step"]) == (100.0, "stored")
    with reading(platform.engine) as session:
        assert fetch_report(session, "analysed")["summary"] == data["summary"]
        assert opinions.of_job(session, job.id)["local"].summary == data["summary"]


def test_a_paper_that_is_not_stored_fails_once_and_says_so(platform: Platform) -> None:
    job = platform.run(ai_analysis, paper_id="nowhere", providers=["local"])
    assert (job.state, job.attempt) == ("failed", 1)
    assert platform.failure(job)["class"] == "permanent"
    assert "no paper has the id 'nowhere'" in platform.failure(job)["message"]


# S1.16 S3.11 S3.12 S3.15
def test_a_text_is_read_by_several_providers_in_one_job(board: Board, server: AiServer) -> None:
    answering(server)
    result = board.run(ai_analysis, **TEXT, user_id=123, providers=["openai", "anthropic", "local", "openai"])
    assert result["providers"] == ["openai", "anthropic", "local"]
    assert (result["case_id"], result["module_type"], result["user_id"]) == ("8f14e45f-ceea", "post_secondary", 123)
    assert {name: data["model"] for name, data in result["analysis_data"].items()} == {
        "openai": "gpt-4o-mini",
        "anthropic": "claude-haiku-4-5",
        "local": "extractive-1",
    }
    assert result["markdown_report"].startswith(
        "# Analysis of case 8f14e45f-ceea\n\n## openai (gpt-4o-mini)\n\nReads well."
    )
    assert "- It does. (p. 1)" in result["markdown_report"]
    assert "*1,000 tokens in, 100 out, " in result["markdown_report"]
    # S5.5
    assert result["cost_usd"] == pytest.approx(0.00021 + 0.0015)
    assert result["analysis_data"]["anthropic"]["cost_usd"] == pytest.approx(0.0015)
    assert sorted(paths(server)) == [OPENAI, ANTHROPIC]


def test_without_providers_those_with_a_key_are_asked_by_the_models_that_are_named(
    board: Board, server: AiServer
) -> None:
    answering(server)
    result = board.run(ai_analysis, **TEXT, models={"openai": "gpt-4-turbo-preview"})
    assert result["providers"] == ["openai", "anthropic"]
    assert result["analysis_data"]["openai"]["model"] == "gpt-4-turbo-preview"
    assert result["cost_usd"] == pytest.approx(0.013 + 0.0015)


def test_a_provider_that_fails_for_good_does_not_lose_what_the_others_said(board: Board, server: AiServer) -> None:
    answering(server, openai=REFUSED)
    result = board.run(ai_analysis, **TEXT, providers=["openai", "anthropic"])
    assert result["providers"] == ["anthropic"]
    assert "is wrong" in result["failed"]["openai"]
    assert "## Not answered\n\n- openai: openai: " in result["markdown_report"]


def test_a_job_that_no_provider_answers_fails_for_good_and_says_why_for_each(board: Board, server: AiServer) -> None:
    answering(server, openai=REFUSED, anthropic=Answer(status=404, body={"error": {"message": "no such model"}}))
    with pytest.raises(Permanent, match=r"no provider has answered: openai: .*is wrong.*; anthropic: .*no such model"):
        board.run(ai_analysis, **TEXT, providers=["openai", "anthropic"])


# S5.23 S5.34
def test_a_provider_that_has_answered_is_neither_asked_nor_paid_again(board: Board, server: AiServer) -> None:
    answering(server, openai=BUSY)
    ai_analysis.send(**TEXT, providers=["openai", "anthropic"])
    first = board.drain(fail_fast=False)
    assert (first.retrying, paths(server)) == (1, [OPENAI, ANTHROPIC])
    answering(server)
    second = board.drain(with_delayed=True)
    assert second.completed == 1
    assert paths(server) == [OPENAI, ANTHROPIC, OPENAI]
    assert second.attempts[-1].result["cost_usd"] == pytest.approx(0.00021 + 0.0015)


def test_a_paper_that_was_read_anew_is_analysed_anew_when_the_job_is_run_again(board: Board, server: AiServer) -> None:
    def read(text: str) -> None:
        paper = Paper("p.pdf", "A cell", (), None, None, 1, "en", text=(PageText(1, text),))
        with writing(services.database()) as session:
            store_paper(session, "p", paper, file="p.pdf")

    answering(server)
    read("It gave 10 mW.")
    job = ai_analysis.send(paper_id="p", providers=["openai"]).message_id
    for text, times in (("It gave 10 mW.", 1), ("It gave 10 mW.", 1), ("It gave 12 mW.", 2)):
        read(text)  # the same again changes nothing
        assert board.drain().completed == 1
        assert len(server.asked) == times
        board.client.rerun(job)


def test_on_the_last_attempt_what_is_there_is_the_result(board: Board, server: AiServer) -> None:
    answering(server, openai=BUSY)
    ai_analysis.send(**TEXT, providers=["openai", "local"])
    drained = board.drain(with_delayed=True, fail_fast=False)
    assert (drained.retrying, drained.completed) == (2, 1)
    assert drained.attempts[-1].result["providers"] == ["local"]
    assert "busy" in drained.attempts[-1].result["failed"]["openai"]


# S5.30
def test_a_429_parks_the_job_and_slows_that_provider_for_all(board: Board, server: AiServer) -> None:
    slow = Answer(status=429, headers={"Retry-After": "120"}, body={"error": {"message": "slow down"}})
    answering(server, openai=slow)
    before = board.now
    first = ai_analysis.send(**TEXT, providers=["openai"]).message_id
    assert board.drain().released == 1
    parked = board.store.get(first)
    assert (parked.state, parked.reason, parked.attempt) == ("delayed", "limited", 0)
    # Another job for the same provider does not even start, one for another provider does.
    second = ai_analysis.send(**TEXT, providers=["openai"]).message_id
    third = ai_analysis.send(**TEXT, providers=["anthropic"]).message_id
    assert [ran.id for ran in board.drain()] == [third]
    assert board.store.get(second).reason == "limited"
    assert paths(server) == [OPENAI, ANTHROPIC]
    # One that wants several goes as far as it can, and is parked where it meets the slow one.
    with pytest.raises(RateLimited):
        board.run(ai_analysis, **TEXT, providers=["anthropic", "openai"])
    assert paths(server) == [OPENAI, ANTHROPIC, ANTHROPIC]
    answering(server)
    assert board.drain(with_delayed=True).completed == 2
    assert 115 <= (board.now - before).total_seconds() < 180


# X9
def test_a_key_that_a_provider_repeats_is_nowhere_to_be_read(
    board: Board, server: AiServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "callboard")
    answering(server, openai=REFUSED)
    job = ai_analysis.send(**TEXT, providers=["openai"]).message_id
    assert board.drain(fail_fast=False).failed == 1
    assert server.asked[0]["key"] == KEY
    (error,) = board.store.errors(job)
    assert "the key *** is wrong" in error["failure"]["message"]
    with reading(services.database()) as session:
        written = str([vars(row) for row in session.scalars(select(ledger.CallRow))])
    assert "CANARY" not in f"{error}{written}{caplog.text}{board.store.get(job)}"


# S1.18
def test_whoever_asked_is_told_of_the_end(board: Board, server: AiServer) -> None:
    answering(server)
    told = Services(services.database(), board.broker.links, email_send.call, webhook_deliver.call)
    read_events(told)
    ai_analysis.send_with_options(
        kwargs={**TEXT, "providers": ["openai"]}, meta={"notify": "ann@lab.example", "user": "ann"}
    )
    assert board.drain().completed == 1
    read_events(told)
    (mail,) = board.assert_enqueued(email_send)
    assert (mail.kwargs["to"], mail.kwargs["template"]) == (["ann@lab.example"], "job_completed")
    facts = dict(mail.kwargs["data"]["facts"])
    assert facts["case id"] == TEXT["case_id"]
    assert facts["markdown report"].startswith("# Analysis of case")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "paper_id: expected either paper_id or document_text"),
        ({**TEXT, "paper_id": "p"}, "paper_id: expected either paper_id or document_text"),
        ({"document_text": "x"}, "case_id: expected beside document_text"),
        ({"paper_id": "p", "providers": ["gemini"]}, "providers: 0: Must be one of: local, openai, anthropic"),
        ({"paper_id": "p", "providers": []}, "providers: Length must be between 1 and 10"),
        ({"paper_id": "p", "models": {"gemini": "x"}}, "models: gemini"),
        ({"paper_id": 1}, "paper_id: Not a valid string"),
    ],
)
def test_arguments_that_do_not_fit_are_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArguments, match=message):
        ai_analysis.send(**given)


def test_a_result_that_is_too_large_is_in_a_file_in_full(settings: Settings) -> None:
    result = {"case_id": "c", "markdown_report": "é" * MOST_BYTES, "analysis_data": {"local": {"summary": "x"}}}
    short = fitted(services.files(), result, ("markdown_report", "analysis_data"), "analysis.json")
    assert len(json.dumps(short, ensure_ascii=False).encode()) < MOST_BYTES
    assert (short["case_id"], short["analysis_data"]) == ("c", {})
    assert json.loads(services.files().path(short["file"]).read_bytes()) == {
        name: result[name] for name in ("markdown_report", "analysis_data")
    }
    assert fitted(services.files(), {"a": 1}, ("a",), "x") == {"a": 1}
