"""Upkeep of PostgreSQL: dead rows are vacuumed, an index that is mostly air is built anew, nobody is locked out."""

from __future__ import annotations

from sqlalchemy import Engine, delete, text

from callboard.history.database import writing
from callboard.history.models import JobRow
from research.cleanup import postgres_upkeep
from research.cleanup.upkeep import Step, run_step, sizes, steps
from tests.research.archive.conftest import fill, ids, job_row


def said() -> None:
    """Tell nobody."""


def test_a_bloated_index_is_built_anew_and_the_sizes_say_so(postgres: Engine) -> None:
    fill(postgres, [job_row(n, 90) for n in range(1, 4_001)])
    with writing(postgres) as session:
        session.execute(delete(JobRow).where(JobRow.number % 20 != 0))
        session.execute(text("SELECT pg_stat_force_next_flush()"))  # else its count may come after that of the vacuum
    run_step(postgres, Step("vacuum", "VACUUM (ANALYZE) background_jobs"), said)
    before = sizes(postgres)
    planned = [Step(*step) for step in postgres_upkeep.steps(postgres, least_bytes=50_000)]
    rebuilt = [step.statement for step in planned if step.name.startswith("rebuild")]
    assert any("background_jobs" in statement for statement in rebuilt)
    for step in planned:
        run_step(postgres, step, said)
    after = sizes(postgres)
    assert after["indexes"] < before["indexes"] - 50_000
    assert after["dead_rows"] == 0
    assert len(ids(postgres)) == 200
    again = [step for step in postgres_upkeep.steps(postgres, least_bytes=50_000) if step[0].startswith("rebuild")]
    assert again == []


def test_every_table_is_vacuumed(postgres: Engine) -> None:
    assert {"VACUUM (ANALYZE) public.papers", "VACUUM (ANALYZE) public.job_attempts"} <= {
        step.statement for step in steps(postgres)
    }
