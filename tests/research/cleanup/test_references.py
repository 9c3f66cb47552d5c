"""Which files are needed: whatever table of the platform names them, and whoever has imported its module before."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from callboard.history.database import connect, reading, writing
from callboard.history.models import FlowRow, JobRow
from callboard.history.outbox_models import OutboxRow
from callboard.history.schedule_models import ScheduleRow
from callboard.history.schema import HISTORY
from research.cleanup.references import references_in_tables
from research.schema import RESEARCH
from tests.research.archive.conftest import job_row

FRESH = """
import importlib, pkgutil
import research.cleanup.references
from callboard.history.models import Table
import callboard.history
known = set(Table.metadata.tables)
for module in pkgutil.iter_modules(callboard.history.__path__):
    if module.name.endswith("models"):
        importlib.import_module(f"callboard.history.{module.name}")
print(*sorted(set(Table.metadata.tables) - known))
"""


def test_a_process_that_has_imported_nothing_else_knows_every_table_of_the_history() -> None:
    told = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""


def test_schedules_calls_on_their_way_and_steps_of_running_flows_keep_their_files(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/callboard.db"
    for schema in (HISTORY, RESEARCH):
        schema.upgrade(url)
    nightly, waiting, step, over = (f"file:{n:032x}" for n in range(4))
    schedule: dict[str, Any] = {
        "name": "nightly",
        "type": "excel_import",
        "cron": "0 3 * * *",
        "zone": "UTC",
        "args": "[]",
    }
    schedule |= {"kwargs": f'{{"file":"{nightly}"}}', "options": "{}", "on_missed": "once", "cap": 1, "overlap": "skip"}
    schedule |= {"source": "api", "created_ms": 1, "changed_ms": 1, "fired": 0, "passed": 0}
    flow = {"id": "f1", "name": "batch", "state": "active", "jobs": 2, "started_ms": 1, "graph": "[]"}
    rows = [
        job_row(1, 90, flow="f1", result=f'{{"file":"{step}"}}'),
        job_row(2, 90, flow=None, result=f'{{"file":"{over}"}}'),
    ]
    engine = connect(url)
    with writing(engine) as session:
        session.execute(insert(ScheduleRow), [schedule])
        session.execute(insert(OutboxRow), [{"kind": "call", "id": "j", "body": f'["{waiting}"]', "written_ms": 1}])
        session.execute(insert(FlowRow), [flow])
        session.execute(insert(JobRow), rows)
    with reading(engine) as session:
        found = {table: set(some) for table, some in references_in_tables(session, datetime.now(UTC)) if some}
    engine.dispose()
    assert found == {"schedules": {nightly}, "job_outbox": {waiting}, "background_jobs": {step}}
