from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from callboard.history.costs import Cost, tokens_in
from callboard.history.durations import SAMPLE, RecentDurations, Spread, durations, spread, weighted_spread
from tests.callboard.history.failing import NOW, finished


def test_a_spread_is_of_the_known_values() -> None:
    assert spread(range(1, 101)) == Spread(50, 95, 99, 50)
    assert spread([None, 7, None]) == Spread(7, 7, 7, 7)
    assert spread([]) is spread([None]) is None
    assert spread([1, 1, 1, 1_000]) == Spread(1, 1_000, 1_000, 251)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 5)), min_size=1, max_size=50))
def test_a_weight_is_as_good_as_so_many_values(values: list[tuple[int, int]]) -> None:
    assert weighted_spread(values) == spread(value for value, weight in values for _ in range(weight))


@given(st.lists(st.integers(0, 10**6), min_size=200, max_size=400))
def test_percentiles_are_about_those_of_the_library(values: list[int]) -> None:
    found, ordered = spread(values), sorted(values)
    assert found is not None
    for value, cut in ((found.p50_ms, 50), (found.p95_ms, 95)):
        exact = quantiles(values, n=100)[cut - 1]
        near = abs(ordered.index(value) - sum(one <= exact for one in ordered))
        assert near <= 2 + values.count(value)


def test_durations_are_those_of_the_newest_completed_jobs_of_the_type(database: Engine) -> None:
    finished(database, 10, run_ms=90_000)
    finished(database, SAMPLE - 1, run_ms=2_000, wait_ms=300)
    finished(database, 1, run_ms=None, wait_ms=None)
    finished(database, 5, run_ms=7, type="report")
    finished(database, 5, run_ms=7, state="failed")
    found = durations(database, "mail")
    assert found.jobs == SAMPLE
    assert found.run == Spread(2_000, 2_000, 2_000, 2_000)
    assert found.wait == Spread(300, 300, 300, 300)
    unknown = durations(database, "nothing")
    assert (unknown.jobs, unknown.run, unknown.wait) == (0, None, None)


def test_no_more_is_read_than_the_sample(database: Engine) -> None:
    finished(database, 50)
    with database.connect().execution_options(reading=True) as connection:
        seen: list[str] = []
        event.listen(database, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
        durations(database, "mail")
        assert [text for text in seen if "FROM background_jobs" in text and "LIMIT" not in text] == []
        assert any("LIMIT" in text for text in seen)
        if database.dialect.name == "sqlite":
            plan = "EXPLAIN QUERY PLAN SELECT run_ms FROM background_jobs WHERE type = 'a' AND state = 'completed' "
            (row,) = connection.exec_driver_sql(plan + "ORDER BY number DESC LIMIT 1000").all()
            assert "ix_background_jobs_type_state_number" in row[3]


def test_what_was_just_read_is_not_read_again(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000.0]
    monkeypatch.setattr("callboard.history.durations.time.monotonic", lambda: clock[0])
    recent = RecentDurations(database)
    assert recent.of("mail").jobs == 0
    finished(database, 3, at_ms=NOW)
    assert recent.of("mail").jobs == 0
    assert recent.of("report").jobs == 0
    clock[0] += 10
    assert recent.of("mail").jobs == 3


def test_types_without_end_do_not_fill_the_memory(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callboard.history.durations.TYPES_MOST", 3)
    recent = RecentDurations(database)
    for n in range(10):
        recent.of(f"type-{n}")
    assert len(recent._known) <= 3


def test_what_jobs_cost_is_known_from_those_that_tell_it(database: Engine) -> None:
    finished(database, 3, cost_usd=0.02, result='{"cost_usd":0.02,"tokens_in":1000,"tokens_out":100}')
    finished(database, 1, cost_usd=0.06, result='{"cost_usd":0.06,"tokens":{"input":3000,"output":500}}')
    finished(database, 1, cost_usd=0.03, result='{"cost_usd":0.03,"tokens":"many"}')
    finished(database, 2)
    finished(database, 2, type="report")
    assert durations(database, "mail").cost == Cost(5, 0.03, 0.06, 1_500, 200)
    assert durations(database, "report").cost is None


@pytest.mark.parametrize("result", ["", "[]", "null", '{"tokens_in":1}', '{"tokens_in":true,"tokens_out":2}', "{"])
def test_a_result_without_tokens_tells_none(result: str) -> None:
    assert tokens_in(result) is None
