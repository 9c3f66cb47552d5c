"""Sections as jobs: by a real worker from a real library, and by a server of the test's own within a budget."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors import services
from actors.ai_content import ai_batch_processing, ai_content_generation, content_queue
from actors.paper_processing import extract_pdf, generate_embeddings
from callboard.history.database import reading
from callboard.jobs.errors import InvalidArguments, Permanent, Transient
from callboard.jobs.policy import RETRY_PRESETS
from callboard.jobs.settings import Settings
from callboard.testing.board import Board
from research.ai import ledger, sections
from research.notifications.ends import facts
from tests.platform_worker import ROOT, Platform
from tests.research.ai.server import AiServer, Answer, serving
from tests.waiting import wait_until

PAPER = ROOT / "tests" / "data" / "papers" / "mfc-shewanella-flow-2024.pdf"
KEY = "sk-CANARY-1234567890"
# As S5 prints it.
ONE: dict[str, Any] = {
    "term_id": "term-123",
    "term_name": "Machine Learning",
    "sections": ["Practical Examples", "Best Practices", "Code Examples"],
    "model": "gpt-4-turbo-preview",
}
BUSY = Answer(status=503, body={"error": {"message": "busy"}})


def terms(count: int) -> list[dict[str, str]]:
    return [{"id": f"t{number}", "name": f"Term {number}"} for number in range(count)]


def asked(server: AiServer) -> list[str]:
    """The sections that were asked for, in order."""
    found = [
        re.search(r"Term: (.*)\nSection: (.*)", str(request["messages"][-1]["content"])) for request in server.asked
    ]
    return [f"{match[1]}: {match[2]}" for match in found if match]


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[AiServer]:
    """A server that the settings name for OpenAI."""
    with serving() as server:
        chosen = replace(settings, openai_base_url=f"{server.url}/v1", openai_api_key=KEY)
        monkeypatch.setattr(services, "settings", lambda: chosen)
        yield server


@pytest.fixture(scope="module")
def library(platform: Platform) -> Platform:
    """A platform with a paper that can be searched."""
    file = platform.files.put_path(PAPER).reference
    assert platform.run(extract_pdf, paper_id="library", file=file).state == "completed"
    assert platform.run(generate_embeddings, paper_id="library").state == "completed"
    return platform


# S5.23 S5.29
@pytest.mark.parametrize("actor", [ai_content_generation, ai_batch_processing])
def test_the_queue_and_the_policy_are_those_of_the_design(actor: Any) -> None:
    assert (content_queue.name, content_queue.concurrency) == ("ai-content", 10)
    assert (actor.policy.timeout, actor.policy.priority, actor.policy.retry) == (600, 3, RETRY_PRESETS["ai"])


def test_sections_are_written_from_the_library_by_a_worker(library: Platform) -> None:
    wanted: dict[str, Any] = {
        "term_id": "mfc",
        "term_name": "Microbial Fuel Cell",
        "sections": ["Power Density", "Overview"],
    }
    job = library.run(ai_content_generation, **wanted, provider="local")
    assert job.state == "completed", library.failure(job)
    assert (job.result["sections"], job.result["cost_usd"]) == (["Power Density", "Overview"], 0.0)
    text = job.result["content"]["Power Density"]
    assert "microbial fuel cell" in text.lower()
    assert re.search(r"- \[1\] High power density redox-mediated Shewanella.*, p\. \d+", text)
    assert job.progress
    assert job.progress["percent"] == 100.0
    with reading(library.engine) as session:
        assert {one.title: one.text for one in sections.of_term(session, "mfc")} == job.result["content"]


def test_a_term_the_library_does_not_know_fails_once_and_says_so(library: Platform) -> None:
    wanted: dict[str, Any] = {"term_id": "x", "term_name": "Blockchain Governance", "sections": ["Overview"]}
    job = library.run(ai_content_generation, **wanted, provider="local")
    assert (job.state, job.attempt) == ("failed", 1)
    assert library.failure(job)["class"] == "permanent"
    assert "the library says nothing on 'Blockchain Governance'" in library.failure(job)["message"]


# S5.10
def test_many_terms_are_written_from_the_library_by_a_worker(library: Platform) -> None:
    wanted = [{"id": "a", "name": "Fuel Cell"}, {"id": "b", "name": "Blockchain"}, {"id": "c", "name": "Shewanella"}]
    job = library.run(ai_batch_processing, terms=wanted, sections=["Overview"], provider="local", cost_limit=50.0)
    assert job.state == "completed", library.failure(job)
    assert (job.result["total"], job.result["done"], job.result["failed"], job.result["left"]) == (3, 2, 1, 0)
    assert "says nothing on 'Blockchain'" in job.result["failures"]["Blockchain: Overview"]
    assert (job.result["spent_usd"], job.result["stopped"]) == (0.0, None)


# S5.5 S5.13
def test_a_request_as_the_documents_print_it_is_written_by_the_model_it_names(board: Board, server: AiServer) -> None:
    server.by = lambda request: Answer((f"About {request['model']}.",), (200, 700))
    result = board.run(ai_content_generation, **ONE)
    assert (result["provider"], result["model"], result["sections"]) == ("openai", ONE["model"], ONE["sections"])
    assert result["content"]["Best Practices"] == "About gpt-4-turbo-preview."
    assert (result["tokens_in"], result["tokens_out"]) == (600, 2_100)
    assert result["cost_usd"] == pytest.approx(3 * (200 * 10e-6 + 700 * 30e-6))
    assert asked(server) == [f"Machine Learning: {title}" for title in ONE["sections"]]
    with reading(services.database()) as session:
        (first, *_) = sections.of_term(session, "term-123", "gpt-4-turbo-preview")
    assert (first.tokens_out, first.cost_usd) == (700, pytest.approx(0.023))
    assert str(first.price_source).startswith("genai-prices ")
    assert first.seconds > 0


# S5.23
def test_a_section_that_is_stored_is_not_asked_for_again(board: Board, server: AiServer) -> None:
    server.answers = [Answer(), BUSY, Answer()]
    ai_content_generation.send(**ONE)
    assert board.drain(fail_fast=False).retrying == 1
    assert board.drain(with_delayed=True).completed == 1
    assert Counter(asked(server)) == {
        "Machine Learning: Practical Examples": 1,
        "Machine Learning: Best Practices": 2,
        "Machine Learning: Code Examples": 1,
    }


def test_sections_that_are_withheld_are_named_and_if_all_are_the_job_fails(board: Board, server: AiServer) -> None:
    server.answers = [Answer(), Answer(ending="content_filter"), Answer()]
    result = board.run(ai_content_generation, **ONE)
    assert result["sections"] == ["Practical Examples", "Code Examples"]
    assert "content filter" in result["failed"]["Best Practices"]
    server.by = lambda _: Answer(ending="length")
    with pytest.raises(
        Permanent, match="no section was written: openai: the answer of gpt-4-turbo-preview was cut off"
    ):
        board.run(ai_content_generation, **ONE)


# S5.10
def test_a_batch_stops_at_its_limit_keeps_what_is_done_and_asks_to_raise_it(board: Board, server: AiServer) -> None:
    server.by = lambda _: Answer(("text",), (100, 500))  # 0.016 USD
    batch: dict[str, Any] = {"terms": terms(5), "sections": ["A", "B"], "max_tokens": 500, "model": ONE["model"]}
    result = board.run(ai_batch_processing, **batch, cost_limit=0.07)
    assert (result["stopped"], result["total"], result["done"], result["left"]) == ("cost_limit", 10, 4, 6)
    assert result["spent_usd"] == pytest.approx(4 * 0.016)
    assert result["advice"] == (
        f"0.06 of 0.07 USD are spent and 6 sections are left: to go on, run it again with batch={result['batch']} "
        "and a higher cost_limit"
    )
    assert board.last.log == (result["advice"],)
    assert ["advice", result["advice"]] in facts(result)  # of which the mail to whoever asked is made
    more = board.run(ai_batch_processing, **batch, cost_limit=50.0, batch=result["batch"])
    assert (more["stopped"], more["done"], more["left"], more["advice"]) == (None, 10, 0, "")
    assert more["spent_usd"] == pytest.approx(10 * 0.016)
    assert more["cost_usd"] == pytest.approx(6 * 0.016)
    assert len(server.asked) == 10


# S5.30
def test_no_more_than_fifty_calls_a_minute_start_over_all_jobs(board: Board, server: AiServer) -> None:
    before = board.now
    for number in (1, 2):
        ai_batch_processing.send(terms=terms(30), sections=[f"S{number}"], model=ONE["model"])
    first = board.drain()
    assert (first.completed, first.released, len(server.asked)) == (1, 1, 50)
    later = board.drain(with_delayed=True)
    assert (later.completed, len(server.asked)) == (1, 60)
    assert (board.now - before).total_seconds() >= 60
    assert later.attempts[-1].attempt == 1  # none was spent on waiting


def test_a_model_without_a_known_price_is_refused_where_there_is_a_limit(
    board: Board, server: AiServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    batch: dict[str, Any] = {"terms": terms(1), "sections": ["A"], "provider": "openai", "model": "llama-3.3-70b"}
    with pytest.raises(Permanent, match=r"no price is known for model 'llama-3.3-70b' of provider openai"):
        board.run(ai_batch_processing, **batch, cost_limit=50.0)
    assert server.asked == []
    assert board.run(ai_batch_processing, **batch)["unpriced_calls"] == 1
    own = tmp_path / "prices.toml"
    own.write_text('source = "us"\ndate = 2026-11-01\n[openai."llama-3.3-70b"]\ninput = 1.0\noutput = 1.0\n')
    monkeypatch.setattr(
        services, "settings", lambda: replace(settings, ai_prices=own, openai_base_url=f"{server.url}/v1")
    )
    assert board.run(ai_batch_processing, **batch, cost_limit=50.0)["spent_usd"] == pytest.approx(0.0011)


def test_a_batch_whose_provider_is_away_says_how_much_is_missing(board: Board, server: AiServer) -> None:
    server.by = lambda request: BUSY if "Term 2" in str(request["messages"]) else Answer()
    with pytest.raises(Transient, match=r"1 of 4 sections were not written, the first is Term 2: A: openai: .*busy"):
        board.run(ai_batch_processing, terms=terms(4), sections=["A"], model=ONE["model"])


# S3.5 S5.34
def test_a_batch_survives_the_death_of_its_worker_and_pays_nothing_twice(valkey_url: str, tmp_path: Path) -> None:
    with (
        serving() as server,
        Platform(
            tmp_path, valkey_url, OPENAI_BASE_URL=f"{server.url}/v1", OPENAI_API_KEY=KEY, CALLBOARD_LEASE="1s"
        ) as platform,
    ):
        died = threading.Event()
        late = Answer(("text",), (100, 500), before=lambda: died.wait(30))
        server.by = lambda request: late if request["number"] > 12 else Answer(("text",), (100, 500))
        worker = platform.hire()
        batch = {"terms": terms(15), "sections": ["A", "B"], "max_tokens": 500, "batch_size": 4, "cost_limit": 50.0}
        id = platform.client.enqueue(ai_batch_processing.call(**batch, model=ONE["model"]))
        wait_until(lambda: len(server.asked) == 16, what="four calls wait for their answers")
        wait_until(lambda: len(done(platform, id)) == 12, what="twelve answers are stored")
        platform.kill(worker)
        died.set()
        platform.hire()
        job = platform.ended(id)
        assert job.state == "completed", platform.failure(job)
        assert (job.result["done"], job.result["left"]) == (30, 0)
        times = Counter(asked(server))
        assert sorted(times.values()) == [1] * 26 + [2] * 4
        # The four calls that were cut off count with all that was held for them.
        with reading(platform.engine) as session:
            spent = ledger.spent_on(session, job=id)
        assert job.result["spent_usd"] == spent.usd
        assert 30 * 0.016 + 4 * 0.015 < spent.usd < 30 * 0.016 + 4 * 0.03
        assert b"CANARY" not in b"".join(log.read_bytes() for log in tmp_path.glob("worker-*.log"))


def done(platform: Platform, job: str) -> set[tuple[str, str]]:
    with reading(platform.engine) as session:
        return sections.done(session, job)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sections": []}, "sections: Length must be between 1 and 50"),
        ({"terms": [{"id": "a"}]}, "terms: 0: name: Missing data"),
        (
            {"terms": [*terms(2), {"id": "t1", "name": "again"}]},
            "terms: expected each term once, got the id 't1' twice",
        ),
        ({"batch_size": 0}, "batch_size: Must be greater than or equal to 1"),
        ({"batch_size": "10"}, "batch_size: Not a valid integer"),
        ({"cost_limit": -1}, "cost_limit: Must be greater than or equal to 0"),
        ({"cost_limit": "inf"}, "cost_limit: Special numeric values"),
        ({"provider": "gemini"}, "provider: Must be one of: local, openai, anthropic"),
        ({"max_tokens": 10**6}, "max_tokens: Must be greater than or equal to 100 and less than or equal to 32000"),
    ],
)
def test_arguments_that_do_not_fit_are_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArguments, match=message):
        ai_batch_processing.send(**{"terms": terms(2), "sections": ["A"], **given})
