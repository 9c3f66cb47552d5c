"""Aggregates as jobs: over the history, the library and a dataset, through a real worker."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from statistics import fmean, median_low, stdev
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from actors import services
from actors.analytics import analytics_aggregate, analytics_queue
from callboard.history.database import reading, writing
from callboard.jobs.errors import InvalidArguments
from callboard.testing.board import Board
from research.analytics.tables import AggregateRow
from research.datasets.row import Row
from research.datasets.store import put_rows
from research.models import PaperRow
from tests.house.sources import ROOT
from tests.platform_worker import Platform

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
SPAN: dict[str, Any] = {
    "start": (TODAY - timedelta(days=2)).isoformat(),
    "end": (TODAY + timedelta(days=1)).isoformat(),
}


def readings() -> list[dict[str, Any]]:
    """The hours of a fuel cell in soil."""
    with (ROOT / "tests/data/experiments/soil-mfc-imwut_v3.1_2.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{name: text if name == "timestamp" else float(text) for name, text in row.items() if text} for row in rows]


def test_the_queue_and_the_policy_are_those_of_the_design() -> None:
    policy = analytics_aggregate.policy
    assert (analytics_queue.name, analytics_queue.concurrency) == ("analytics", 2)
    assert (policy.timeout, policy.retry.attempts, policy.priority) == (600, 3, 4)


# S5.9
def test_a_worker_aggregates_its_own_history_the_library_and_a_dataset(platform: Platform) -> None:
    with writing(platform.engine) as session:
        session.add(PaperRow(id="analytics-1", file="a.pdf", title="A", authors=[], page_count=7))
        put_rows(session, "soil_hours", [Row(row) for row in readings()], keys=["timestamp"])
    failed = platform.run(analytics_aggregate, **SPAN, metrics=["dataset"], table="no_such_table")
    assert failed.state == "failed"
    platform.record()
    asked = ["outcomes", "durations", "failures", "throughput", "papers_added", "dataset"]
    job = platform.run(analytics_aggregate, **SPAN, metrics=asked, table="soil_hours", save_as="front-page")
    assert job.state == "completed", platform.store.errors(job.id)
    whole = orjson.loads(platform.files.path(job.result["file"]).read_bytes())["metrics"]
    assert list(whole) == asked
    assert whole["outcomes"][0]["failed"] >= 1
    assert sum(row["attempts"] for row in whole["failures"] if row["error_class"] == "permanent") >= 1
    assert len(whole["throughput"]) == 3
    assert sum(row["papers"] for row in whole["papers_added"]) >= 1
    voltages = [row["Voltage (mV)"] for row in readings()]
    voltage = next(row for row in whole["dataset"] if row["column"] == "Voltage (mV)")
    assert (voltage["count"], voltage["min"], voltage["max"]) == (len(voltages), min(voltages), max(voltages))
    assert voltage["mean"] == pytest.approx(fmean(voltages))
    assert voltage["std"] == pytest.approx(stdev(voltages))
    assert voltage["p50"] == median_low(voltages)
    with reading(platform.engine) as session:
        kept = session.execute(select(AggregateRow.metric).where(AggregateRow.name == "front-page")).scalars().all()
    assert set(kept) == set(asked)


def test_a_table_that_is_not_there_fails_for_good_after_one_attempt(platform: Platform) -> None:
    job = platform.run(analytics_aggregate, **SPAN, metrics=["dataset"], table="no_such_table")
    failure = platform.failure(job)
    assert (job.state, job.attempt, failure["class"]) == ("failed", 1, "permanent")
    assert "table no_such_table is unknown" in failure["message"]


def test_the_same_name_is_replaced_and_the_table_opens_as_csv(board: Board) -> None:
    for _ in range(2):
        result = board.run(analytics_aggregate, **SPAN, metrics=["outcomes"], output="csv", save_as="x")
    with reading(services.database()) as session:
        assert [row.numbers["completed"] for row in session.scalars(select(AggregateRow))] == [0]
    lines = services.files().path(result["file"]).read_text().splitlines()
    assert lines == ["metric,group,completed,failed,cancelled,failure_rate", "outcomes,all,0,0,0,"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"end": "2000-01-01T00:00:00Z"}, "end must be after start"),
        ({"end": "2026-11-22T00:00:00"}, "a time with a zone"),
        ({"start": "2001-01-01T00:00:00Z"}, "at most 5 years"),
        ({"metrics": ["outcome"]}, "metrics.*Must be one of.*outcomes"),
        ({"metrics": []}, "metrics.*Length"),
        ({"metrics": ["papers_added"], "group_by": "queue"}, "papers_added cannot be grouped by queue"),
        ({"metrics": ["dataset"]}, "`table` need each other"),
        ({"zone": "Mars/Base"}, "Mars/Base"),
        ({"start": "2024-01-01T00:00:00Z", "group_by": "hour"}, "at most 1,500 steps"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_computed_is_refused_before_it_is_a_job(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidArguments, match=said):
        analytics_aggregate.call(**{**SPAN, "metrics": ["outcomes"], **changed})
