"""Batch inserts as jobs: the policies for what is there, all or nothing, and rows that are bad by number and field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from actors import services
from actors.db_operations import db_batch_insert, db_queue
from callboard.jobs.errors import InvalidArguments
from callboard.testing.board import Board
from research.datasets import store
from research.datasets.errors import RowConflict
from research.sheets.errors import BadCells, SheetError
from tests.platform_worker import Platform

CELLS = [{"id": number, "anode": "felt", "volts": number / 10} for number in range(1, 8)]


def rows(table: str = "cells") -> list[dict[str, Any]]:
    return list(store.rows(services.database(), table))


def insert(board: Board, given: list[dict[str, Any]] | None = None, **options: Any) -> dict[str, Any]:
    source: dict[str, Any] = {} if "file" in options else {"rows": given or CELLS}
    result: dict[str, Any] = board.run(db_batch_insert, table="cells", batch_size=2, **source, **options)
    return result


# S5.24 S5.29
def test_the_queue_and_the_policy_are_those_of_the_design() -> None:
    policy = db_batch_insert.policy
    waits = [policy.retry.delay(attempt) for attempt in (1, 2)]
    assert (db_queue.name, db_queue.concurrency, policy.timeout) == ("db-operations", 5, 600)
    assert (policy.retry.attempts, waits) == (3, [5.0, 5.0])


# S5.6
@pytest.mark.parametrize(
    ("conflict", "anodes", "counts"),
    [("update", ["mesh", "mesh", "felt"], (1, 2, 0)), ("skip", ["felt", "felt", "felt"], (1, 0, 2))],
)
def test_rows_that_are_there_are_updated_or_skipped(
    conflict: str, anodes: list[str], counts: tuple[int, ...], board: Board
) -> None:
    insert(board, keys=["id"])
    given = [{"id": 6, "anode": "mesh"}, {"id": 7, "anode": "mesh"}, {"id": 8, "anode": "felt"}]
    result = insert(board, given, conflict=conflict)
    assert [row["anode"] for row in rows() if row["id"] > 5] == anodes
    assert (result["inserted"], result["updated"], result["skipped"]) == counts


# S5.6
def test_all_rows_are_stored_or_none(board: Board) -> None:
    insert(board, keys=["id"])
    given = [{"id": number} for number in range(10, 20)] + [{"id": 3}]
    with pytest.raises(RowConflict, match=r"table cells has 1 of these rows already: \[3\]"):
        insert(board, given, conflict="fail")
    assert len(rows()) == 7
    assert insert(board, given[:-1], conflict="fail")["inserted"] == 10
    assert len(rows()) == 17


# S2.41
@pytest.mark.parametrize("conflict", ["update", "skip", "fail"])
def test_an_attempt_that_died_after_its_rows_were_stored_is_repeated_without_harm(
    conflict: str, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    from callboard.worker.context import Context

    progress = Context.progress
    died: list[str] = []

    def dies(self: Context, done: float, total: float = 100, step: str = "") -> None:
        progress(self, done, total, step)
        if step in ("insert", "stored") and not died and done >= (total if conflict == "fail" else 4):
            died.append(step)
            raise ConnectionError("the database went away")

    monkeypatch.setattr(Context, "progress", dies)
    message = db_batch_insert.send(table="cells", keys=["id"], rows=CELLS, conflict=conflict, batch_size=2)
    assert board.drain(with_delayed=True, fail_fast=False).completed == 1
    result = board.store.get(message.message_id).result
    assert died
    assert (result["rows"], result["inserted"], result["updated"], result["skipped"]) == (7, 7, 0, 0)
    assert [row["id"] for row in rows()] == list(range(1, 8))


def test_rows_without_keys_are_known_by_their_number_in_the_job(board: Board) -> None:
    insert(board)
    assert insert(board)["inserted"] == 7
    assert len(rows()) == 14


def test_bad_rows_are_named_by_number_and_field(board: Board) -> None:
    given: list[dict[str, Any]] = [CELLS[0], {"id": 2, "volts": [1, 2]}, {"volts": 1}]
    with pytest.raises(
        BadCells, match=r"2 cells are not as expected.*row 2 \(volts\): text.*got \[1, 2\]; row 3 \(id\)"
    ):
        insert(board, given, keys=["id"])
    result = insert(board, given, keys=["id"], on_error="report")
    assert [(problem["cell"], problem["column"]) for problem in result["problems"]] == [
        ("row 2", "volts"),
        ("row 3", "id"),
    ]
    assert (result["inserted"], result["skipped"], len(rows())) == (1, 2, 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.json", json.dumps(CELLS)),
        ("rows.ndjson", "\n".join(map(json.dumps, CELLS)) + "\n\n"),
        ("rows.csv", "id,anode,volts\n" + "\n".join(f"{row['id']},felt,{row['volts']}" for row in CELLS)),
    ],
)
def test_rows_may_come_in_a_file(name: str, content: str, board: Board) -> None:
    file = services.files().put(content.encode(), name).reference
    assert insert(board, file=file)["inserted"] == 7
    assert rows() == CELLS


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("rows.json", b"[1, 2", "rows.json is not JSON"),
        ("rows.ndjson", b'{"a": 1}\n{"a": }\n', "line 2 of rows.ndjson is not JSON"),
        ("rows.bin", b"\x00\x01", "were expected, got something else"),
        ("rows.ndjson", b'{"a": "' + b"x" * 2_000_000, "line 1 of rows.ndjson has more than 1 MB"),
    ],
)
def test_a_file_of_something_else_is_refused(name: str, content: bytes, words: str, board: Board) -> None:
    file = services.files().put(content, name).reference
    with pytest.raises(SheetError, match=words):
        insert(board, file=file)


def test_rows_are_given_once(board: Board) -> None:
    with pytest.raises(InvalidArguments, match="one of the two"):
        db_batch_insert.send(table="cells")


def test_rows_go_through_a_real_worker(platform: Platform) -> None:
    job = platform.run(db_batch_insert, table="inserted", rows=CELLS, keys=["id"])
    assert (job.state, job.result["inserted"]) == ("completed", 7)
    assert list(store.rows(platform.engine, "inserted")) == CELLS
    refused = platform.run(db_batch_insert, table="inserted", rows=CELLS, conflict="fail")
    failure = platform.failure(refused)
    assert (refused.state, refused.attempt, failure["class"]) == ("failed", 1, "permanent")
    assert "table inserted has 7 of these rows already" in failure["message"]
