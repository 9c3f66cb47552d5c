"""Put rows into a table of the platform."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from actors import services
from callboard.jobs.policy import RETRY_PRESETS, Queue
from callboard.worker.context import Context
from callboard.worker.job import job

db_queue = Queue("db-operations", concurrency=5)


class DbBatchInsert(Schema):
    """Which rows go where, and what becomes of those that are there."""

    table = fields.String(
        required=True, validate=validate.Length(1, 64), metadata={"description": "dataset to fill, made if it is new"}
    )
    rows = fields.List(
        fields.Dict(keys=fields.String()),
        validate=validate.Length(1, 10_000),
        metadata={"description": "the rows, each with its values by column; many rows go into a file"},
    )
    file = fields.String(
        metadata={"description": "storage reference of rows as JSON, JSON lines or CSV, in their place"}
    )
    keys = fields.List(
        fields.String(validate=validate.Length(1, 120)),
        load_default=list,
        validate=validate.Length(max=10),
        metadata={"description": "columns by which a row is known; left out, those of the table, else its number"},
    )
    conflict = fields.String(
        load_default="update",
        validate=validate.OneOf(["update", "skip", "fail"]),
        metadata={"description": "a row that is there already is updated, skipped, or nothing at all is stored"},
    )
    on_error = fields.String(
        load_default="fail",
        validate=validate.OneOf(["fail", "report"]),
        metadata={"description": "with a bad row nothing is stored, or it is left out and reported"},
    )
    batch_size = fields.Integer(
        strict=True,
        load_default=500,
        validate=validate.Range(1, 5_000),
        metadata={"description": "rows stored together"},
    )

    @validates_schema
    def one_source(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a call that gives rows twice or not at all."""
        if ("rows" in data) == ("file" in data):
            raise ValidationError("expected rows in the call or the reference of a file, one of the two", "rows")


@job(queue=db_queue, schema=DbBatchInsert, retry=RETRY_PRESETS["database"], timeout=600, pipe_ignore=True)
def db_batch_insert(
    ctx: Context,
    *,
    table: str,
    keys: list[str],
    conflict: str,
    rows: list[dict[str, Any]] | None = None,
    file: str | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Insert rows. Safe to repeat: they are known by their keys, or by the job and their number in it."""
    from research.datasets.row import dataset_name
    from research.sheets.batch_insert import batch_insert
    from research.sheets.given_rows import given, given_in
    from research.sheets.storing import Target, keys_of

    engine, store = services.database(), services.files()
    known = keys_of(engine, table, tuple(keys))
    stored = store.describe(file) if file else None
    target = Target(dataset_name(table), known, stored.sha256 if stored else ctx.id, conflict)
    again = ctx.checkpoint is not None

    def found() -> Any:
        return given_in(store.path(stored.reference), stored.name, known) if stored else given(rows or [], known)

    return batch_insert(engine, target, found, watch=ctx, run=ctx.id, again=again, **options)
