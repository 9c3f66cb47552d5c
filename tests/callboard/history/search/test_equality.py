"""Whatever is asked, SQL finds what a slow reading of every row in Python finds, on both databases, by every index."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from callboard.history.search import plan, running
from callboard.history.search.find import count, find, find_ids
from callboard.history.search.grammar import parse
from callboard.history.search.query import Query
from callboard.history.search.writing import write
from tests.callboard.history.search.reference import fits
from tests.callboard.history.search.rows import NOW_MS, make_rows, store
from tests.callboard.history.search.searches import searches

ROWS = make_rows(240)


@pytest.fixture
def history(database: Engine) -> Engine:
    """A history of 240 jobs."""
    store(database, ROWS)
    return database


def pages(engine: Engine, query: Query, limit: int) -> Iterator[list[str]]:
    """The ids of each page, from the newest on."""
    page = find(engine, query, limit=limit, now_ms=NOW_MS)
    yield [job.id for job in page.jobs]
    while page.next:
        page = find(engine, query, page.next, limit, now_ms=NOW_MS)
        yield [job.id for job in page.jobs]


def batches(engine: Engine, query: Query, limit: int) -> Iterator[list[str]]:
    """The ids of each batch, from the oldest on."""
    found = find_ids(engine, query, limit=limit, now_ms=NOW_MS)
    yield found.ids
    while found.after:
        found = find_ids(engine, query, found.after, limit, now_ms=NOW_MS)
        yield found.ids


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(query=searches, few=st.sampled_from([1, 5, 10_000]), sortable=st.sampled_from([1, 100_000]))
def test_sql_finds_what_the_slow_reading_finds(
    history: Engine, monkeypatch: pytest.MonkeyPatch, query: Query, few: int, sortable: int
) -> None:
    monkeypatch.setattr(running, "SECONDS", 60.0)  # a busy machine must not cut a search of this test
    monkeypatch.setattr(plan, "FEW", few)
    monkeypatch.setattr(plan, "SORTABLE", sortable)
    wanted = [row["id"] for row in reversed(ROWS) if fits(query, row)]
    assert [id for page in pages(history, query, 90) for id in page] == wanted, write(query)
    assert [id for batch in batches(history, query, 100) for id in batch] == wanted[::-1]
    assert count(history, query, seconds=60.0, now_ms=NOW_MS).number == len(wanted)


@pytest.mark.parametrize(
    "text",
    ["args.n:>5", "meta.deep.er:1", "tag:nightly", "key:import:2026", 'error:"50%"', "wait:>1m", "run:<1m", "pdf"],
)
def test_the_rows_and_searches_of_this_test_meet(text: str) -> None:
    """A comparison of nothing with nothing would always succeed."""
    assert 5 < sum(fits(parse(text, NOW_MS), row) for row in ROWS) < 230
