"""The cache: computed once by whoever comes first, read by all, for as long as it holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from callboard.history.database import reading, writing
from callboard.jobs.errors import JobCancelled
from research.ai.models import CallRow, WrittenRow
from research.cache import cache, entries, sources
from research.cache.cache import fill, get
from research.cache.errors import BadKey, ValueRefused
from research.cache.sources import Source
from research.cache.tables import CacheEntryRow
from research.datasets.row import Row
from research.datasets.store import put_rows
from research.models import now
from tests.waiting import wait_until

HOUR = timedelta(hours=1)


class Counting:
    """A source that counts how often it was asked, and answers when the test lets it."""

    def __init__(self) -> None:
        self.asked = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self.answer: Callable[[str], Any] = lambda key: {"key": key}

    def compute(self, engine: Engine, key: str) -> Any:
        self.asked += 1
        assert self.go_on.wait(30)
        return self.answer(key)


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setitem(sources.BY_PREFIX, "counted", Source("counted", "", counting.compute))
    return counting


def keys(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return set(session.scalars(select(CacheEntryRow.key)))


def test_a_value_is_computed_once_until_it_expires_is_forgotten_or_is_wanted_again(
    engine: Engine, source: Counting
) -> None:
    assert [get(engine, "counted:a") for _ in range(3)] == [{"key": "a"}] * 3
    assert source.asked == 1
    first = fill(engine, "counted:a").entry
    again = fill(engine, "counted:a", again=True)
    assert (source.asked, again.computed, again.entry.etag) == (2, True, first.etag)
    assert entries.forget(engine, "counted:a", "counted:never") == 1
    fill(engine, "counted:a", timedelta(microseconds=1))
    get(engine, "counted:a")
    assert source.asked == 4


def test_of_many_who_ask_at_once_one_computes(engine: Engine, source: Counting) -> None:
    source.go_on.clear()
    with ThreadPoolExecutor(6) as threads:
        asking = [threads.submit(fill, engine, "counted:a") for _ in range(6)]
        wait_until(lambda: source.asked, what="somebody computes")
        wait_until(lambda: "counted:a" in keys(engine), what="the claim is written")
        source.go_on.set()
        filled = [one.result(30) for one in asking]
    assert source.asked == 1
    assert [one.computed for one in filled].count(True) == 1
    assert {one.entry.etag for one in filled} == {filled[0].entry.etag}


def test_who_fails_leaves_the_key_to_the_next_and_who_died_is_not_waited_for(
    engine: Engine, source: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.answer = lambda key: 1 / 0
    with pytest.raises(ZeroDivisionError):
        get(engine, "counted:a")
    source.answer = lambda key: "well"
    assert get(engine, "counted:a") == "well"
    monkeypatch.setattr(cache, "PATIENCE", 0.0)
    assert entries.claim(engine, "counted:b", "somebody who died", now())
    pauses: list[float] = []
    assert fill(engine, "counted:b", pause=pauses.append).entry.value == "well"
    assert len(pauses) <= 1


def test_a_job_that_waits_for_another_can_be_stopped(engine: Engine, source: Counting) -> None:
    assert entries.claim(engine, "counted:a", "somebody else", now())

    def cancelled(seconds: float) -> None:
        raise JobCancelled("job x was cancelled")

    with pytest.raises(JobCancelled):
        fill(engine, "counted:a", pause=cancelled)
    assert source.asked == 0


def test_the_sweep_removes_what_has_expired_in_bounded_steps_and_nothing_else(engine: Engine) -> None:
    at = now()
    for number in range(5):
        entries.put(engine, f"old:{number}", number, at=at - HOUR, took_ms=1, ttl=timedelta(seconds=1))
    entries.put(engine, "new:1", 1, at=at, took_ms=1, ttl=HOUR)
    assert entries.claim(engine, "claimed:1", "x", at - timedelta(seconds=1))
    assert [entries.sweep(engine, at, 3) for _ in range(3)] == [3, 2, 0]
    assert keys(engine) == {"new:1", "claimed:1"}
    assert entries.sweep(engine, at + entries.HELD_FOR) == 1


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("nonsense", "begins with no known prefix; there are search:, paper:"),
        ("search:  ", "a key is `search:`"),
        (f"search:{'x' * 300}", "up to 300 characters"),
        ("search:a\x00", "a key is"),
    ],
)
def test_a_key_that_names_nothing_is_refused(key: str, said: str) -> None:
    with pytest.raises(BadKey, match=said):
        sources.computation(Engine.__new__(Engine), key)


def test_what_cannot_be_kept_is_refused_and_leaves_the_key_free(
    engine: Engine, source: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.answer = lambda key: object()
    with pytest.raises(ValueRefused, match="the value of counted:a has no JSON form"):
        get(engine, "counted:a")
    monkeypatch.setattr(entries, "BYTES_MOST", 10)
    source.answer = lambda key: "x" * 20
    with pytest.raises(ValueRefused, match="takes 22 bytes, 10 are allowed"):
        get(engine, "counted:a")
    source.answer = lambda key: "a\x00b"
    assert get(engine, "counted:a") == "a\x00b"


def test_terms_datasets_and_named_operations_have_keys(engine: Engine) -> None:
    with writing(engine) as session:
        put_rows(session, "cells", [Row({"cell": "a", "power": 2})], keys=["cell"])
        called = {"task": "t", "job_id": "j", "item": "", "provider": "local", "model": "m", "state": "done"}
        session.add_all([CallRow(id=id, **called) for id in ("c1", "c2")])
        session.flush()
        section = {"term_id": "ml-001", "title": "Definition", "job_id": "j", "term": "learning", "model": "m"}
        for task, minutes in (("t1", 1), ("t2", 0)):
            at = now() - timedelta(minutes=minutes)
            session.add(WrittenRow(task=task, call_id="c1", text=f"by {task}", created_at=at, **section))
    assert get(engine, "enhanced_term:ml-001") == {
        "id": "ml-001",
        "term": "learning",
        "sections": [{"title": "Definition", "text": "by t2", "model": "m"}],
    }
    assert {row["column"] for row in get(engine, "dataset:cells")} == {"cell", "power"}
    assert get(engine, "computed:corpus_statistics")["papers"] == 0
    for name in ("top_parameters", 'throughput {"days":2}', "error_statistics"):
        assert get(engine, f"computed:{name}") is not None
    assert len(get(engine, 'computed:throughput {"days":2}')["steps"]) == 2
