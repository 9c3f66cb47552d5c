"""The cache as jobs: warmed by a real worker, a bad key beside good ones, urgent ones first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors import services
from actors.cache import cache_precompute, cache_queue, cache_warm
from actors.paper_processing import extract_pdf, generate_embeddings
from callboard.history.database import reading
from callboard.jobs.errors import InvalidArguments, Transient
from callboard.testing.board import Board
from research.cache import sources
from research.cache.cache import get
from research.cache.entries import find
from research.cache.sources import Source
from research.models import now
from tests.house.sources import ROOT
from tests.platform_worker import Platform


def test_the_queue_and_the_policies_are_those_of_the_design() -> None:
    assert (cache_queue.name, cache_queue.concurrency) == ("cache", 5)
    for actor in (cache_warm, cache_precompute):
        assert (actor.policy.timeout, actor.policy.retry.attempts, actor.policy.priority) == (300, 3, 4)


# S5.8 S5.14
def test_a_worker_warms_keys_names_the_bad_ones_and_keeps_what_holds(platform: Platform) -> None:
    file = platform.files.put_path(ROOT / "tests/data/papers/mfc-shewanella-flow-2024.pdf").reference
    for read in (
        platform.run(extract_pdf, paper_id="cached-1", file=file),
        platform.run(generate_embeddings, paper_id="cached-1"),
    ):
        assert read.state == "completed", platform.store.errors(read.id)
    question = "search:fuel cell with Shewanella"
    keys = [question, "paper:cached-1", "report:cached-1", "enhanced_term:ml-001", "nonsense:1"]
    first = platform.run(cache_warm, keys=keys, ttl=3600).result
    assert [(one["key"], one["outcome"]) for one in first["keys"]] == [
        ("search:fuel cell with Shewanella", "warmed"),
        ("paper:cached-1", "warmed"),
        ("report:cached-1", "warmed"),
        ("enhanced_term:ml-001", "failed"),
        ("nonsense:1", "failed"),
    ]
    assert "no known prefix; there are search:, paper:" in first["keys"][4]["reason"]
    assert platform.run(cache_warm, keys=keys, ttl=3600).result["kept"] == 3
    with reading(platform.engine) as session:
        paper, hits = (find(session, key, now()) for key in ("paper:cached-1", question))
    assert paper
    assert hits
    assert "Shewanella" in paper.value["title"]
    assert paper.expires_at - paper.computed_at == timedelta(hours=1)
    assert "cached-1" in [hit["paper"] for hit in hits.value]


def test_keys_that_are_all_bad_fail_for_good_after_one_attempt(platform: Platform) -> None:
    job = platform.run(cache_warm, keys=["paper:nobody", "nonsense:1"])
    failure = platform.failure(job)
    assert (job.state, job.attempt, failure["class"]) == ("failed", 1, "permanent")
    assert "no paper has the id 'nobody'" in failure["message"]


# S5.8
def test_a_worker_precomputes_an_operation_that_readers_then_find(platform: Platform) -> None:
    job = platform.run(cache_precompute, name="top_parameters", arguments={"limit": 5}, ttl=60)
    assert job.state == "completed", platform.store.errors(job.id)
    assert job.result["key"] == 'computed:top_parameters {"limit":5}'
    with reading(platform.engine) as session:
        entry = find(session, job.result["key"], now())
    assert entry is not None
    assert entry.etag == job.result["etag"]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("no_such", {}, 'operation "no_such" is unknown; there are corpus_statistics'),
        ("throughput", {"days": 0}, "arguments of throughput do not fit: days"),
        ("throughput", {"weeks": 1}, "weeks"),
    ],
)
def test_an_operation_that_is_unknown_or_does_not_fit_fails_for_good(
    platform: Platform, name: str, arguments: dict[str, int], said: str
) -> None:
    job = platform.run(cache_precompute, name=name, arguments=arguments)
    failure = platform.failure(job)
    assert (job.state, job.attempt, failure["class"]) == ("failed", 1, "permanent")
    assert said in failure["message"]


# S5.8
def test_what_is_urgent_is_warmed_before_what_is_not(board: Board) -> None:
    for key, priority in (("a", 4), ("b", 2), ("c", 4), ("d", 2)):
        call = {"keys": [f"search:{key}"]}
        cache_warm.send_with_options(kwargs=call, priority=priority)
    order = [ran.result["keys"][0]["key"] for ran in board.drain()]
    assert order == ["search:b", "search:d", "search:a", "search:c"]


def test_a_failure_that_may_pass_is_tried_again_and_only_for_what_failed(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def flaky(engine: object, key: str) -> str:
        asked.append(key)
        if key == "down" and asked.count("down") < 2:
            raise ConnectionError("the service is away")
        return key

    monkeypatch.setitem(sources.BY_PREFIX, "flaky", Source("flaky", "", flaky))
    cache_warm.send(keys=["flaky:up", "flaky:down"])
    with pytest.raises(Transient, match="1 of 2 keys failed for now: flaky:down"):
        board.drain()
    assert board.drain(with_delayed=True).completed == 1
    assert asked == ["up", "down", "down"]
    assert get(services.database(), "flaky:down") == "down"


@pytest.mark.parametrize("arguments", [{"keys": []}, {"keys": ["x" * 251]}, {"keys": ["search:a"], "ttl": 0}])
def test_what_cannot_be_warmed_is_refused_before_it_is_a_job(arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidArguments):
        cache_warm.call(**arguments)
