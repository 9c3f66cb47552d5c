"""Imports as jobs: real workbooks through a real worker, refusals after one attempt, and kills without a lost row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actors import services
from actors.excel_import import excel_import, excel_import_queue, import_small
from callboard.jobs.errors import InvalidArguments, Permanent
from callboard.jobs.record import Job
from callboard.jobs.settings import Settings
from research.datasets import store
from tests.platform_worker import Platform
from tests.waiting import wait_until

DATA = Path(__file__).parents[1] / "data" / "excel"


def imported(platform: Platform, path: Path, table: str, **options: Any) -> Job:
    return platform.run(excel_import, file=platform.files.put_path(path).reference, table=table, **options)


def rows(platform: Platform, table: str) -> list[dict[str, Any]]:
    return list(store.rows(platform.engine, table))


# S5.22 S5.29
def test_the_queue_and_the_policy_are_those_of_the_design() -> None:
    policy = excel_import.policy
    waits = [policy.retry.ceiling(attempt) for attempt in (1, 2)]
    assert (excel_import_queue.name, excel_import_queue.concurrency) == ("excel-import", 2)
    assert (policy.retry.attempts, waits, policy.timeout, policy.isolated) == (3, [5, 10], 1800, True)


# S5.28
def test_batches_of_fifty_and_checkpoints_are_the_default() -> None:
    arguments = excel_import.loaded({"file": "file:0", "table": "t"})
    assert (arguments["batch_size"], arguments["checkpoint_enabled"]) == (50, True)


# S5.4
@pytest.mark.timeout(120)
def test_a_real_workbook_is_imported_and_imported_again(platform: Platform) -> None:
    code = "2017 NAICS US Code"
    options: dict[str, Any] = {"keys": [code], "types": {code: "text"}}
    job = imported(platform, DATA / "naics-2017.xlsx", "naics", **options)
    (sheet,) = job.result["sheets"]
    assert (job.state, job.result["inserted"], job.result["errors"]) == ("completed", 2196, 0)
    assert (sheet["header_row"], sheet["first_row"], sheet["trimmed_cells"]) == (1, 3, 1182)
    found = {row[code]: row["2017 NAICS US Title"] for row in rows(platform, "naics")}
    assert len(found) == 2196
    assert (found["31-33"], found["928120"]) == ("Manufacturing", "International Affairs")
    again = imported(platform, DATA / "naics-2017.xlsx", "naics", **options)
    assert (again.result["inserted"], again.result["updated"]) == (0, 2196)
    assert len(rows(platform, "naics")) == 2196


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("pass_protected.xlsx", "opens with a password only"),
        ("truncated-zip.xlsx", "ends before its directory"),
    ],
)
def test_what_cannot_be_read_fails_for_good_after_one_attempt(platform: Platform, file: str, words: str) -> None:
    job = imported(platform, DATA / file, "refused")
    assert (job.state, job.attempt) == ("failed", 1)
    failure = platform.failure(job)
    assert failure["class"] == "permanent"
    assert words in failure["message"]


def test_a_cancelled_import_stops_behind_a_batch(platform: Platform) -> None:
    content = b"id,name\n" + b"".join(b"%d,name\n" % number for number in range(5_000))
    file = platform.files.put(content, "long.csv").reference
    id = platform.client.enqueue(excel_import.call(file=file, table="cancelled", batch_size=1))
    wait_until(lambda: "import" in str(platform.store.get(id).progress), what="rows are imported")
    platform.client.cancel(id)
    assert platform.ended(id).state == "cancelled"
    assert 0 < store.count(platform.engine, "cancelled") < 5_000


def test_wrong_arguments_are_refused_at_once() -> None:
    with pytest.raises(InvalidArguments, match="batch_size"):
        excel_import.call(file="file:0", table="t", batch_size=0)


# S5.11
def test_a_small_file_is_imported_while_the_caller_waits(settings: Settings) -> None:
    file = services.files().put_path(DATA / "deaths.xlsx").reference
    result = import_small(file, "deaths", keys=["Name"], sheets=["arts"])
    assert (result["inserted"], store.count(services.database(), "deaths")) == (10, 10)
    with pytest.raises(Permanent, match="has no column 'Nom'"):
        import_small(file, "others", keys=["Nom"])
    with pytest.raises(InvalidArguments, match="conflict"):
        import_small(file, "deaths", conflict="perhaps")
