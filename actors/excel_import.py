"""Import the rows of a workbook into a table, going on where the last attempt stopped."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from actors import services
from callboard.jobs.errors import Permanent
from callboard.jobs.policy import RETRY_PRESETS, Queue
from callboard.worker.context import Context
from callboard.worker.job import job

excel_import_queue = Queue("excel-import", concurrency=2)
KINDS = ("text", "number", "integer", "boolean", "date", "datetime")
COLUMN = validate.Length(1, 120)


class ExcelImport(Schema):
    """Which rows of which file go where."""

    file = fields.String(
        required=True, metadata={"description": "storage reference of an .xlsx, .xls, .xlsb, .ods or .csv file"}
    )
    table = fields.String(
        required=True, validate=validate.Length(1, 64), metadata={"description": "dataset to fill, made if it is new"}
    )
    batch_size = fields.Integer(
        strict=True,
        load_default=50,
        validate=validate.Range(1, 5_000),
        metadata={"description": "rows stored together, after which there is a checkpoint"},
    )
    sheets = fields.List(
        fields.String(validate=validate.Length(1, 100)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "names of the sheets to import; left out, all that are not hidden"},
    )
    header_row = fields.Integer(
        strict=True,
        validate=validate.Range(0, 100),
        metadata={"description": "row with the names of the columns, 0 for none; left out, it is found"},
    )
    keys = fields.List(
        fields.String(validate=COLUMN),
        load_default=list,
        validate=validate.Length(max=10),
        metadata={"description": "columns by which a row is known; left out, its place in the file"},
    )
    types = fields.Dict(
        keys=fields.String(validate=COLUMN),
        values=fields.String(validate=validate.OneOf(KINDS)),
        load_default=dict,
        validate=validate.Length(max=200),
        metadata={"description": f"what columns must hold, by name: {', '.join(KINDS)}"},
    )
    merged = fields.String(
        load_default="first",
        validate=validate.OneOf(["first", "fill"]),
        metadata={"description": "the value of merged cells belongs to the first of them, or fills all of them"},
    )
    keep_notes = fields.Boolean(
        load_default=False, metadata={"description": "import lines of text below the table as rows as well"}
    )
    checkpoint_enabled = fields.Boolean(
        load_default=True, metadata={"description": "whether a further attempt goes on where the last one stopped"}
    )
    on_error = fields.String(
        load_default="report",
        validate=validate.OneOf(["report", "skip", "fail"]),
        metadata={"description": "a bad cell is left blank and reported, its row is left out, or nothing is imported"},
    )
    conflict = fields.String(
        load_default="update",
        validate=validate.OneOf(["update", "skip", "fail"]),
        metadata={"description": "a row that is there already is updated, skipped, or nothing is imported"},
    )


class ImportSummary(Schema):
    """Which import is to be told of."""

    imported = fields.String(
        required=True, validate=validate.Length(1, 64), metadata={"description": "id of the excel_import job"}
    )
    analysed = fields.String(
        validate=validate.Length(1, 64), metadata={"description": "id of an analytics_aggregate job over its dataset"}
    )


@job(
    queue=excel_import_queue,
    schema=ExcelImport,
    retry=RETRY_PRESETS["excel_import"],
    timeout=1800,
    isolated=True,
    memory_mb=280,
)
def excel_import(ctx: Context, *, file: str, checkpoint_enabled: bool, **options: Any) -> dict[str, Any]:
    """Import the rows of a workbook. Safe to repeat: rows are upserted, and their number is written along with them."""
    from research.sheets.importing import Source, import_book
    from research.sheets.open_book import open_book
    from research.sheets.ordering import order_of

    store = services.files()
    stored = store.describe(file)
    run = ctx.id if checkpoint_enabled else None
    with open_book(store.path(file), stored.name) as book:
        return import_book(
            services.database(),
            book,
            Source(stored.name, stored.sha256),
            order_of(**options),
            watch=ctx,
            run=run,
            again=ctx.checkpoint is not None,
        )


@job(queue=excel_import_queue, schema=ImportSummary, retry=RETRY_PRESETS["excel_import"], timeout=60, pipe_ignore=True)
def import_summary(ctx: Context, *, imported: str, analysed: str | None = None) -> dict[str, Any]:
    """What an import has brought, as values for the template of a mail. Safe to repeat: it only reads."""
    from research.sheets.summary import summary

    store = ctx.broker.store
    job, analysis = store.get(imported), store.find(analysed) if analysed else None
    if job.state != "completed":
        raise Permanent(f"an import is summed up when it is completed, job {imported} is {job.state}")
    ctx.progress(1, 1, "told")
    return summary(job.id, job.result, analysis.result if analysis and analysis.state == "completed" else None)


def import_small(file: str, table: str, **options: Any) -> dict[str, Any]:
    """Import a stored file of up to 5 MB while the caller waits, in a limited child process; returns what a job would.

    The arguments are those of `excel_import`. Raises InvalidArguments, Permanent for what the job would fail with for
    good, Transient where the process dies.
    """
    from research.sheets.at_once import import_at_once
    from research.sheets.importing import Source
    from research.sheets.ordering import order_of

    arguments = excel_import.loaded({"file": file, "table": table, **options})
    chosen = {name: value for name, value in arguments.items() if name not in ("file", "checkpoint_enabled")}
    store = services.files()
    stored = store.describe(file)
    source = Source(stored.name, stored.sha256)
    return import_at_once(services.settings().sql_url, store.path(file), source, order_of(**chosen))
