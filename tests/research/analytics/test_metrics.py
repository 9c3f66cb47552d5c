"""Metrics of a small history, a small library and a small dataset, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, insert

from callboard.history.database import reading, writing
from callboard.history.models import FailureRow, JobRow, table_of
from research.ai.models import CallRow
from research.analytics import jobs
from research.analytics.errors import BadMetric, TooManyGroups
from research.analytics.keeping import file_of, keep
from research.analytics.metrics import compute
from research.analytics.span import Span, span_of
from research.analytics.tables import AggregateRow
from research.datasets.row import Row
from research.datasets.store import put_rows
from research.models import PaperRow, QuantityRow

START = datetime(2026, 11, 1, tzinfo=UTC)
SPAN = span_of(START, START + timedelta(days=3), "UTC")
JOB: dict[str, Any] = {"version": 1, "priority": 3, "attempt": 1, "attempts": 3, "crashes": 0, "fence": 1}


def add_jobs(engine: Engine, *rows: dict[str, Any]) -> None:
    """Finished jobs, each with what differs from the others."""
    usual = {"type": "a", "queue": "q", "state": "completed", "wait_ms": 100, "run_ms": 1_000, "cost_usd": None}
    values = [
        {"id": f"j{n}", **JOB, **usual, "user": None, "enqueued_ms": 0, **row, "finished_ms": ms(row["hours"])}
        for n, row in enumerate(rows)
    ]
    for row in values:
        row.pop("hours")
    with writing(engine) as session:
        session.execute(insert(table_of(JobRow)), values)


def ms(hours: float) -> int:
    return SPAN.start_ms + round(hours * 3_600_000)


def test_jobs_are_counted_from_the_first_moment_to_before_the_last(engine: Engine) -> None:
    add_jobs(engine, {"hours": -1e-6}, {"hours": 0}, {"hours": 71.999}, {"hours": 72}, {"hours": 5, "state": "failed"})
    (row,) = compute(engine, SPAN, ["outcomes"])["outcomes"]
    assert row == {"group": "all", "completed": 2, "failed": 1, "cancelled": 0, "failure_rate": pytest.approx(1 / 3)}


def test_one_reading_serves_several_metrics_in_their_own_groups(engine: Engine) -> None:
    add_jobs(
        engine,
        {"hours": 1, "run_ms": 10, "cost_usd": 0.5},
        {"hours": 2, "run_ms": 30},
        {"hours": 30, "type": "b", "state": "failed", "cost_usd": 0.25},
        {"hours": 31, "type": "b", "run_ms": 500},
    )
    found = compute(engine, SPAN, ["durations", "costs"], group_by="type")
    assert [(row["group"], row["jobs"], row["run_p50_ms"], row["run_max_ms"]) for row in found["durations"]] == [
        ("a", 2, 10, 30),
        ("b", 1, 500, 500),
    ]
    assert [(row["group"], row["cost_usd"]) for row in found["costs"]] == [("a", 0.5), ("b", 0.25)]
    days = compute(engine, SPAN, ["throughput", "outcomes"])
    assert [row["processed"] for row in days["throughput"]] == [2, 2, 0]
    assert len(days["outcomes"]) == 1


def test_failures_are_counted_by_class_and_final_ones_apart(engine: Engine) -> None:
    rows = [("transient", False, 1), ("transient", True, 2), ("permanent", True, 30), ("bug", True, 99)]
    about = {"type": "a", "queue": "q", "error_type": "X", "fingerprint": "f", "message": "", "traceback": ""}
    with writing(engine) as session:
        for n, (kind, final, hours) in enumerate(rows):
            values = {"job_id": f"j{n}", "fence": 1, "attempt": 1, "at_ms": ms(hours), "final": final}
            session.execute(insert(table_of(FailureRow)), {**about, **values, "error_class": kind})
    assert compute(engine, SPAN, ["failures"])["failures"] == [
        {"group": "all", "error_class": "permanent", "attempts": 1, "final": 1},
        {"group": "all", "error_class": "transient", "attempts": 2, "final": 1},
    ]


def test_the_library_tells_papers_parameters_and_what_ai_has_cost(engine: Engine) -> None:
    with writing(engine) as session:
        for n, hours in enumerate((1, 25, 100)):
            at = START + timedelta(hours=hours)
            session.add(PaperRow(id=f"p{n}", file="f", authors=[], page_count=10, created_at=at))
        session.flush()
        session.add(QuantityRow(paper_id="p1", position=0, value=1.0, unit="V", page=1, sentence=""))
        called = {"id": "c", "task": "t", "job_id": "j", "item": "", "provider": "openai", "model": "m"}
        spent = {"state": "done", "tokens_in": 7, "tokens_out": 1, "cost_nano_usd": 250_000_000}
        session.add(CallRow(**called, **spent, started_at=START))
        # What runs has no cost yet.
        session.add(CallRow(**{**called, "id": "d", "model": "n"}, state="running", started_at=START))
    found = compute(engine, SPAN, ["papers_added", "parameters_found", "ai_usage"], group_by="day")
    assert [(row["group"][:10], row["papers"], row["pages"]) for row in found["papers_added"]] == [
        ("2026-11-01", 1, 10),
        ("2026-11-02", 1, 10),
    ]
    assert [(row["group"][:10], row["parameters"]) for row in found["parameters_found"]] == [("2026-11-02", 1)]
    usage, running = found["ai_usage"]
    assert (running["model"], running["cost_usd"] or 0.0) == ("n", 0.0)
    assert orjson.loads(orjson.dumps(usage))["cost_usd"] == 0.25
    assert (usage["calls"], usage["tokens_in"], usage["tokens_out"], usage["cost_usd"]) == (1, 7, 1, 0.25)


def test_a_dataset_is_told_column_by_column(engine: Engine) -> None:
    rows = [{"id": str(n), "power": float(n), "anode": "felt" if n % 4 else None} for n in range(100)]
    rows.append({"id": "100", "power": "n/a", "anode": "cloth"})
    with writing(engine) as session:
        put_rows(session, "cells", [Row(row) for row in rows], keys=["id"])
    steps: list[str] = []
    found = compute(engine, SPAN, ["dataset"], table="cells", progress=lambda done, of, step: steps.append(step))
    lines = {(row["column"], row["kind"]): row for row in found["dataset"]}
    power = lines["power", "number"]
    assert (power["count"], power["min"], power["max"], power["mean"]) == (100, 0, 99, 49.5)
    assert (power["p25"], power["std"]) == (24, pytest.approx(29.011, rel=1e-4))
    assert lines["power", "text"]["top"] == [{"value": "n/a", "count": 1}]
    anode = lines["anode", "text"]
    assert (anode["count"], anode["missing"], anode["distinct"]) == (76, 25, 2)
    assert anode["top"][0] == {"value": "felt", "count": 75}
    assert "rows of cells" in steps


def test_too_many_groups_are_refused_and_so_is_a_grouping_that_makes_no_sense(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "GROUPS_MOST", 2)
    add_jobs(engine, *({"hours": 1, "user": f"u{n}"} for n in range(3)))
    with pytest.raises(TooManyGroups, match="more than 2 groups by user"):
        compute(engine, SPAN, ["outcomes"], group_by="user")
    with pytest.raises(BadMetric, match="throughput cannot be grouped by user; it can by hour, day, week, month"):
        compute(engine, SPAN, ["throughput"], group_by="user")


def test_what_a_user_wrote_is_no_formula_in_the_table_and_a_name_is_replaced(engine: Engine) -> None:
    add_jobs(engine, {"hours": 1, "user": "=cmd|' /C calc'!A0"})
    found = compute(engine, SPAN, ["outcomes"], group_by="user")
    assert b"'=cmd" in file_of(SPAN, found, "csv")
    with writing(engine) as session:
        keep(session, "page", SPAN, {"outcomes": [{"a": 1}, {"a": 2}]}, START)
        assert keep(session, "page", SPAN, found, START) == 1
    with reading(engine) as session:
        assert [row.numbers["completed"] for row in session.query(AggregateRow)] == [1]


def test_progress_never_goes_back_and_reaches_the_last_share(engine: Engine) -> None:
    add_jobs(engine, {"hours": 1})
    shares: list[float] = []

    def note(done: float, of: float, step: str) -> None:
        shares.append(done / of)

    compute(engine, Span(SPAN.start, SPAN.end, SPAN.zone), ["outcomes", "failures", "ai_usage"], progress=note)
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] < 1
