"""Export what the platform knows as a file, and hand it out by mail or by a signed link."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from actors import services
from callboard.jobs.policy import Queue
from callboard.worker.context import Context
from callboard.worker.job import job
from research.exports.names import BACKUP, FORMATS, KINDS, ending, table_fits

if TYPE_CHECKING:
    from pathlib import Path

    from research.exports.produce import Order
    from research.exports.shelf import Export, Label
    from research.exports.write import Written

export_queue = Queue("data-export", concurrency=2)

WEEK_HOURS: Final = 168
YEAR_HOURS: Final = 8_760


class DeliverTo(Schema):
    """How the file reaches people."""

    mail = fields.List(
        fields.String(validate=validate.Length(3, 320)),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "addresses that are told; a file of up to 5 MB is attached, a larger one linked"},
    )
    link = fields.Boolean(
        load_default=False, metadata={"description": "whether the result has a signed link to the file"}
    )
    hours = fields.Integer(
        strict=True,
        load_default=WEEK_HOURS,
        validate=validate.Range(1, YEAR_HOURS),
        metadata={"description": "hours for which links are good and the file is kept; backups are kept for a year"},
    )


class DataExport(Schema):
    """What to export, and to whom it goes."""

    kind = fields.String(
        required=True, validate=validate.OneOf(KINDS), metadata={"description": "what is exported; a backup is a zip"}
    )
    format = fields.String(
        load_default="json", validate=validate.OneOf(list(FORMATS)), metadata={"description": "form of the file"}
    )
    filters = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 200)),
        load_default=dict,
        validate=validate.Length(max=50),
        metadata={"description": "by column: a value, a list of values, or a range {from, to}"},
    )
    table = fields.String(
        validate=validate.Length(1, 64),
        metadata={
            "description": "name of the dataset; of experiments `readings`, which come in place of their metrics"
        },
    )
    files = fields.Boolean(
        load_default=False, metadata={"description": "whether a full_backup has the stored files as well"}
    )
    deliver = fields.Nested(DeliverTo, metadata={"description": "left out, the result names the stored file"})

    @validates_schema
    def fits(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what a kind has no use for. Raises ValidationError."""
        kind = data["kind"]
        if not table_fits(kind, data.get("table")):
            raise ValidationError("names the dataset; `readings` of experiments; is left out elsewhere", "table")
        if kind == BACKUP and data["format"] != "json":
            raise ValidationError("a full_backup has JSON lines in a zip file: format is json", "format")
        if kind == BACKUP and data["filters"]:
            raise ValidationError("a full_backup has all rows: no filters", "filters")
        if kind != BACKUP and data["files"]:
            raise ValidationError("stored files go with a full_backup only", "files")


@job(queue=export_queue, schema=DataExport, timeout=1800, pipe_ignore=True)
def data_export(
    ctx: Context,
    *,
    kind: str,
    format: str,  # noqa: A002 - the word that callers use for it
    filters: dict[str, Any],
    files: bool,
    table: str | None = None,
    deliver: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write rows into a stored file, and tell who waits for it.

    Safe to repeat: the file is noted under the job's id and not made twice, the mail is a job with an id of its own.
    """
    from research.exports.notice import link_to
    from research.exports.produce import Order, Place, produce
    from research.exports.shelf import find, make, sweep
    from research.mail.addresses import recipients

    wish = DeliverTo().load(deliver or {})
    if wish["mail"]:
        recipients(wish["mail"])  # a bad address fails here, and not after half an hour of writing
    shelf = services.exports()
    order = Order(kind, format, filters, table, files)
    ctx.progress(0, 1, "look")
    sweep(shelf, datetime.now(UTC))

    def write(path: Path) -> Written:
        with path.open("wb") as target:
            return produce(shelf.engine, order, Place(target, path.parent, shelf.files), ctx.progress)

    export = find(shelf, ctx.id) or make(shelf, _label(ctx.id, order, wish["hours"]), write)
    result = _result(order, export)
    if wish["link"]:
        settings = services.settings()
        result |= {"url": link_to(export, settings.home, settings.public_url)}
        result |= {"expires_at": f"{export.links_until:%Y-%m-%dT%H:%M:%SZ}"}
    if wish["mail"]:
        result["mail"] = _mail(ctx, wish["mail"])
    ctx.progress(1, 1, f"{export.rows:,} rows")
    return result


def _label(id: str, order: Order, hours: int) -> Label:
    from research.exports.shelf import Label

    at = datetime.now(UTC)
    name = f"{order.table or order.kind}-{at:%Y-%m-%d}{ending(order.kind, order.format)}"
    kept = max(hours, YEAR_HOURS if order.kind == BACKUP else 0)
    until = at + timedelta(hours=hours)
    return Label(id, order.kind, order.format, name, until, at + timedelta(hours=kept))


def _result(order: Order, export: Export) -> dict[str, Any]:
    return {
        "kind": order.kind,
        "format": order.format,
        "file": export.file.reference,
        "name": export.file.name,
        "rows": export.rows,
        "bytes": export.file.size,
        "sha256": export.file.sha256,
        "cut_cells": export.cut_cells,
        "repeated": export.repeated,
    }


def _mail(ctx: Context, to: list[str]) -> str:
    """Enqueue the mail that says that the file is there; returns the id of its job, the same at every attempt."""
    from actors.email_notifications import email_send
    from callboard.jobs.identity import id_for

    message = email_send.message(to=to, template="export_ready", export_id=ctx.id)
    return ctx.enqueue(message.copy(message_id=id_for(ctx.attempt.message_timestamp, ctx.id, "export_ready")))
