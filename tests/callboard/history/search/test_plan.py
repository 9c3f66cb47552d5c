"""Which index leads a search, and that the largest searches the grammar allows are answered."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects import sqlite

from callboard.history.search import plan
from callboard.history.search.find import count, find, find_ids
from callboard.history.search.grammar import parse
from callboard.history.search.plan import Plan, prepare
from callboard.history.search.statements import numbers
from callboard.history.search.time_limit import limited, looking
from tests.callboard.history.search.reference import fits
from tests.callboard.history.search.rows import FLOWS, NOW_MS, make_rows, plain_row, store

FLOW = next(iter(FLOWS))
ROWS = make_rows(80)


@pytest.fixture
def history(database: Engine) -> Engine:
    """A history of 80 jobs."""
    store(database, ROWS)
    return database


def planned(engine: Engine, text: str) -> Plan:
    with looking(engine) as connection, limited(connection, 60.0) as sql:
        return prepare(sql, parse(text, NOW_MS), NOW_MS)


@pytest.mark.parametrize(
    ("text", "index", "branches"),
    [
        ("state:failed", "state_number", 1),
        ("state:failed,cancelled", "state_number", 2),
        ("type:extract_pdf state:failed", "type_state_number", 1),
        ("queue:mail state:failed", "queue_state_number", 1),
        ("queue:mail", "queue_state_number", 6),  # one for each state that there is
        ("user:ann", "user_number", 1),
        (f"flow:{FLOW}", "flow_number", 1),
        ("flow:paper_intake", "flow_number", 2),
        ("schedule:daily_report", "schedule_number", 1),
        ("fingerprint:9f86d081884c7d65", "fingerprint_number", 1),
        ("error_class:bug,transient", "error_class_number", 2),
        ("error:disk", "error_class_number", 3),  # one for each class that there is
        ("finished:2026-11-01", "finished_ms_number", 1),
        ("tag:nightly", "terms", 1),
        ("args.n:5 tag:nightly", "terms", 1),
        ("id:01K6ZJ3V00010X8Y7W6T5S4R3Q", "id", 1),
        ("user:ann run:>1s -state:failed", "user_number", 1),
        ("(user:ann OR tag:nightly) run:>1s", "user_number", 2),
    ],
)
def test_the_index_that_fits_leads(history: Engine, text: str, index: str, branches: int) -> None:
    lead = planned(history, text).lead
    assert lead is not None
    first = lead.branches[0]
    named = (first.index or "").removeprefix("ix_background_jobs_") or ("terms" if first.groups else "id")
    assert (named, len(lead.branches)) == (index, branches)


@pytest.mark.parametrize("text", ["run:>1s", "worker:host", "-tag:x", "args.n:>5", "run:>1s OR tag:x", "created:today"])
def test_where_no_index_fits_every_job_is_looked_at(history: Engine, text: str) -> None:
    assert planned(history, text).looks_at_all


def test_the_index_with_the_fewest_jobs_leads(database: Engine) -> None:
    rows = [plain_row(id=f"job-{number}", user="ann", schedule="a" if number < 3 else "b") for number in range(20)]
    store(database, rows)
    for text in ("user:ann schedule:a", "schedule:a user:ann"):
        lead = planned(database, text).lead
        assert lead is not None
        assert lead.branches[0].index == "ix_background_jobs_schedule_number"


def test_a_search_of_a_time_is_kept_to_the_jobs_of_that_time(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callboard.history.search.creation.NEAR", 2)
    rows = [plain_row(id=f"job-{number}", enqueued_ms=NOW_MS - (40 - number) * 3_600_000) for number in range(40)]
    store(database, rows)
    window = planned(database, "created:2026-11-01").window
    assert (window.low, window.high) == (4, 29)  # the fifth job is of midnight, the 28th of 23 o'clock
    assert planned(database, "age:<3h").window.low == 38
    assert planned(database, "created:1999-01-01").window.high == 0
    found = find(database, parse("created:2026-11-01", NOW_MS), now_ms=NOW_MS, limit=200)
    assert len(found.jobs) == 24


@pytest.mark.parametrize("few", [1, 10_000])
@pytest.mark.parametrize("text", ["state:failed", "queue:mail", "type:extract_pdf state:failed,cancelled", "user:ann"])
def test_sqlite_reads_an_index_in_its_order_and_sorts_nothing(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, text: str, few: int
) -> None:
    from callboard.history.database import connect
    from callboard.history.schema import HISTORY

    monkeypatch.setattr(plan, "FEW", few)
    url = f"sqlite:///{tmp_path_factory.mktemp('plan') / 'history.db'}"
    HISTORY.upgrade(url)
    engine = connect(url)
    store(engine, ROWS)
    made = planned(engine, text)
    with engine.connect() as connection:
        for branch in made.branches:
            statement = numbers([branch], "sqlite", made.window, 10)
            literal = {"literal_binds": True}
            compiled = engine.dialect.statement_compiler(sqlite.dialect(), statement, compile_kwargs=literal)
            steps = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
            assert any("USING" in step and "INDEX" in step for step in steps), steps
            assert not any("TEMP B-TREE" in step for step in steps), steps
    engine.dispose()


@pytest.mark.parametrize(
    "text",
    [
        "tag:" + ",".join(f"t{number}" for number in range(199)) + ",nightly",
        "-tag:" + ",".join(f"{number}" for number in range(200)),
        "args.n:" + ",".join(f"{number}" for number in range(200)),
        "error:" + ",".join(f"x{number}" for number in range(199)) + ",disk",
        "-user:" + ",".join(f"u{number}" for number in range(200)),
        "args.n:" + ",".join(f">{number}" for number in range(200)),
        "flow:" + ",".join(f"f{number}" for number in range(200)),
        " ".join(f"-tag:x{number}" for number in range(100)),
        " OR ".join(f"tag:{number}" for number in range(99)) + " OR tag:nightly",
        " OR ".join(f"run:{number}s" for number in range(100)),
        " ".join(f"-args.n:>{number}00" for number in range(100)),
        " OR ".join(["pdf"] * 100),
        "-(" * 15 + "tag:nightly OR run:<1s" + ")" * 15,
    ],
    ids=range(13),
)
def test_the_largest_searches_are_answered(history: Engine, text: str) -> None:
    query = parse(text, NOW_MS)
    wanted = [row["id"] for row in reversed(ROWS) if fits(query, row)]
    assert [job.id for job in find(history, query, limit=200, now_ms=NOW_MS).jobs] == wanted
    assert find_ids(history, query, now_ms=NOW_MS).ids == wanted[::-1]
    assert count(history, query, seconds=60.0, now_ms=NOW_MS).number == len(wanted)
