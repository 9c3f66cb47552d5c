"""Exports as jobs: through a real worker, over papers and datasets, to mails and links; and what is refused."""

from __future__ import annotations

import csv
import json
import re
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from actors import services
from actors.data_export import data_export, export_queue
from actors.paper_processing import analyze_content, extract_parameters, extract_pdf
from callboard.broker.client import Client
from callboard.history.database import reading, writing
from callboard.jobs.errors import InvalidArguments
from callboard.testing.board import Board
from research.backup.check import opened, verify
from research.datasets.row import Row
from research.datasets.store import put_rows, remove_dataset
from research.exports.links import link_secret, open_link
from research.exports.models import ExportRow
from research.files import StoredFile
from research.models import QuantityRow, now
from tests.platform_worker import ROOT, Platform
from tests.waiting import wait_until

PAPER = ROOT / "tests" / "data" / "papers" / "mfc-shewanella-flow-2024.pdf"


@pytest.fixture(scope="module")
def paper(platform: Platform) -> str:
    """The id of a paper that was read, analysed and measured."""
    file = platform.files.put_path(PAPER).reference
    assert platform.run(extract_pdf, paper_id="exported", file=file).state == "completed"
    for actor in (analyze_content, extract_parameters):
        assert platform.run(actor, paper_id="exported").state == "completed"
    return "exported"


def content(platform: Platform, result: dict[str, Any]) -> bytes:
    return platform.files.path(result["file"]).read_bytes()


def test_the_queue_is_that_of_the_design() -> None:
    policy = data_export.policy
    assert (export_queue.name, export_queue.concurrency) == ("data-export", 2)
    assert (policy.timeout, policy.retry.attempts, policy.isolated) == (1800, 3, False)


# S2.33 S4.44
def test_papers_are_exported_with_their_analyses(platform: Platform, paper: str) -> None:
    job = platform.run(data_export, kind="papers", filters={"id": paper})
    assert job.state == "completed", platform.failure(job)
    (record,) = json.loads(content(platform, job.result))
    assert record["title"].startswith("High power density redox-mediated Shewanella")
    assert record["analyses"][0]["provider"] == "local"
    assert record["analyses"][0]["findings"]
    assert job.result["name"].startswith("papers-")
    assert job.progress
    assert (job.progress["percent"], job.progress["step"]) == (100.0, "1 rows")


# S2.33
def test_parameters_are_exported_as_csv_by_unit(platform: Platform, paper: str) -> None:
    job = platform.run(data_export, kind="parameters", format="csv", filters={"paper_id": paper, "unit": "V"})
    assert job.state == "completed", platform.failure(job)
    rows = list(csv.DictReader(content(platform, job.result).decode().splitlines()))
    with reading(platform.engine) as session:
        query = select(QuantityRow).where(QuantityRow.paper_id == paper, QuantityRow.unit == "V")
        known = session.scalars(query.order_by(QuantityRow.position)).all()
    assert known
    assert [float(row["value"]) for row in rows] == [row.value for row in known]
    assert job.result["rows"] == len(known)


# S2.33 S4.30
def test_an_export_is_mailed_when_it_is_done(platform: Platform, paper: str) -> None:
    deliver = {"mail": ["ann@lab.example"], "link": True}
    job = platform.run(data_export, kind="parameters", format="excel", filters={"paper_id": paper}, deliver=deliver)
    assert job.state == "completed", platform.failure(job)
    mail = platform.ended(job.result["mail"])
    assert mail.state == "completed", platform.failure(mail)
    assert mail.result["subject"] == f"Export ready: {job.result['name']}"
    assert "/files/" not in repr(mail)
    written = b"".join(path.read_bytes() for path in platform.settings.mail_folder.glob("*.eml"))
    assert f'filename="{job.result["name"]}"'.encode() in written
    token = job.result["url"].rpartition("/")[2]
    found = open_link(token, secret=link_secret(platform.settings.home), files=platform.files)
    assert (found.reference, found.sha256) == (job.result["file"], job.result["sha256"])


# S2.33
def test_a_full_backup_has_every_table_and_the_files(platform: Platform, paper: str) -> None:
    job = platform.run(data_export, kind="full_backup", files=True)
    assert job.state == "completed", platform.failure(job)
    with opened(platform.files.path(job.result["file"])) as backup:
        assert verify(backup) > PAPER.stat().st_size
        assert backup.manifest.counts["papers"] >= 1
        assert backup.manifest.rows == job.result["rows"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "dataset", "table": "no_such_table"}, "table no_such_table is unknown"),
        (
            {"kind": "papers", "filters": {"colour": "red"}},
            "filter 'colour' is unknown; rows can be chosen by id, title",
        ),
        ({"kind": "papers", "filters": {"year": "soon"}}, "filter year takes a number, got 'soon'"),
        ({"kind": "papers", "deliver": {"mail": ["nobody"]}}, "recipient must be like ann@lab.example"),
    ],
)
def test_what_cannot_be_exported_fails_once_and_says_why(
    platform: Platform, arguments: dict[str, Any], said: str
) -> None:
    job = platform.run(data_export, **arguments)
    assert (job.state, job.attempt) == ("failed", 1)
    assert platform.failure(job)["class"] == "permanent"
    assert said in platform.failure(job)["message"]


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"kind": "everything"}, "kind"),
    ({"kind": "papers", "format": "pdf"}, "format"),
    ({"kind": "dataset"}, "table: names the dataset"),
    ({"kind": "papers", "table": "x"}, "table: names the dataset"),
    ({"kind": "full_backup", "format": "csv"}, "JSON lines in a zip file"),
    ({"kind": "full_backup", "filters": {"id": 1}}, "no filters"),
    ({"kind": "papers", "files": True}, "full_backup only"),
    ({"kind": "papers", "deliver": {"hours": 0}}, "hours"),
]


def test_what_fits_no_kind_is_refused_before_it_is_a_job(board: Board) -> None:
    for arguments, said in UNFIT:
        with pytest.raises(InvalidArguments, match=said):
            data_export.send(**arguments)


def fill(rows: int) -> None:
    with writing(services.database()) as session:
        put_rows(session, "cells", [Row({"n": n}, source="s", line=n) for n in range(rows)])


def exports() -> int:
    with reading(services.database()) as session:
        return session.scalar(select(func.count()).select_from(ExportRow)) or 0


# S4.34
def test_a_job_that_runs_again_finds_what_it_made_and_mails_once(board: Board) -> None:
    fill(3)
    message = data_export.message(kind="dataset", table="cells", deliver={"mail": ["ann@lab.example"]})
    board.broker.enqueue(message)
    board.drain()
    first = board.broker.store.result(message.message_id)
    fill(5)
    Client(board.broker.links).rerun(message.message_id)
    board.drain()
    again = board.broker.store.result(message.message_id)
    assert again == first | {"repeated": True}
    assert (exports(), len(list(services.settings().mail_folder.glob("*.eml")))) == (1, 1)


def test_exports_whose_time_is_over_make_room(board: Board) -> None:
    fill(3)
    old = board.run(data_export, kind="dataset", table="cells", deliver={"hours": 1})
    with writing(services.database()) as session:
        session.scalars(select(ExportRow)).one().expires_at = now()
    board.run(data_export, kind="dataset", table="cells")
    assert exports() == 1
    assert [*services.files().references()] != [old["file"]]


# S4.32
def test_a_large_file_is_linked_and_not_attached(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("research.exports.notice.ATTACHED_BYTES", 10)
    fill(3)
    message = data_export.message(kind="dataset", table="cells", deliver={"mail": ["ann@lab.example"]})
    board.broker.enqueue(message)
    board.drain()
    (mail,) = [message_from_bytes(path.read_bytes()) for path in services.settings().mail_folder.glob("*.eml")]
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in mail.walk()}
    assert set(parts) == {"multipart/alternative", "text/plain", "text/html"}
    (token,) = re.findall(r"/api/v1/files/(\S+)", bytes(parts["text/plain"]).decode())
    assert services.open_link(token).reference == board.broker.store.result(message.message_id)["file"]


# S4.32 D5
def test_a_cancelled_export_leaves_no_file(platform: Platform) -> None:
    with writing(platform.engine) as session:
        put_rows(session, "many", [Row({"n": n, "text": "x" * 200}, source="s", line=n) for n in range(60_000)])
    before = set(platform.files.references())
    id = platform.client.enqueue(data_export.call(kind="dataset", table="many", format="excel"))

    def begun() -> bool:
        progress = platform.store.get(id).progress
        return bool(progress and "rows" in progress["step"] and "eta_ms" in progress)

    wait_until(begun, seconds=30, every=0.01, what="rows are written, and it is known how long it will take")
    platform.client.cancel(id)
    assert platform.ended(id).state == "cancelled"
    with writing(platform.engine) as session:
        remove_dataset(session, "many")
    assert set(platform.files.references()) == before
    assert not list((platform.settings.home / "tmp" / "exports").glob("*"))


def test_what_a_stored_export_is_called_has_its_day(board: Board) -> None:
    fill(1)
    result = board.run(data_export, kind="dataset", table="Cells", format="ndjson")
    stored: StoredFile = services.files().describe(result["file"])
    assert stored.name == f"Cells-{now():%Y-%m-%d}.ndjson"


# S4.34
@pytest.mark.system
def test_a_worker_that_is_killed_amid_an_export_leaves_nothing_behind(valkey_url: str, tmp_path: Path) -> None:
    with Platform(tmp_path, valkey_url, CALLBOARD_LEASE="1s") as own:
        with writing(own.engine) as session:
            put_rows(session, "many", [Row({"n": n, "text": "x" * 200}, source="s", line=n) for n in range(20_000)])
        worker = own.hire()
        id = own.client.enqueue(data_export.call(kind="dataset", table="many", format="excel"))
        half = own.settings.home / "tmp" / "exports"
        wait_until(lambda: any(part.stat().st_size for part in half.glob("*/*/*")), seconds=30, what="rows are written")
        own.kill(worker)
        assert list(half.glob("*/*/*"))
        own.hire()
        job = own.ended(id)
        assert (job.state, job.result["rows"], job.result["repeated"]) == ("completed", 20_000, False)
        assert [*own.files.references()] == [job.result["file"]]
        assert list(half.glob("*")) == []
