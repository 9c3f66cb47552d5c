"""Experiments: read their results, calculate what they amount to, and write reports of them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from actors import services
from callboard.jobs.policy import RETRY_PRESETS, Queue
from callboard.worker.context import Context
from callboard.worker.job import job

experiment_queue = Queue("experiment-data", concurrency=5)
RETRY = RETRY_PRESETS["s2"]


class ExperimentStep(Schema):
    """An experiment."""

    experiment_id = fields.String(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "id of the experiment, chosen by the caller"},
    )


class ProcessResults(ExperimentStep):
    """The file with the readings, and what it does not say itself."""

    file = fields.String(
        required=True, metadata={"description": "storage reference of the readings: CSV, xlsx, xls, xlsb or ods"}
    )
    title = fields.String(
        validate=validate.Length(1, 300), metadata={"description": "left out, the name that the file came with"}
    )
    metadata_file = fields.String(
        metadata={
            "description": "storage reference of notes (text, YAML, JSON) with the units of columns, the electrode area"
        }
    )
    units = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Length(1, 60)),
        load_default=dict,
        validate=validate.Length(max=200),
        metadata={"description": 'units by column header or number, for columns whose header has none: {"E": "mV"}'},
    )
    columns = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Length(1, 60)),
        load_default=dict,
        validate=validate.Length(max=200),
        metadata={
            "description": "what columns measure, where their headers do not tell: a quantity such as voltage, "
            "`condition` for what tells curves apart, `skip`"
        },
    )
    sheet = fields.String(
        validate=validate.Length(1, 100), metadata={"description": "left out, the first sheet that holds a table"}
    )
    delimiter = fields.String(
        validate=validate.OneOf([",", ";", "\t", "|", " "]), metadata={"description": "left out, found by the cells"}
    )
    decimal = fields.String(
        validate=validate.OneOf([".", ","]), metadata={"description": "decimal mark; left out, found by the cells"}
    )


@job(queue=experiment_queue, schema=ProcessResults, retry=RETRY, timeout=600, isolated=True, memory_mb=1536)
def process_results(
    ctx: Context,
    *,
    experiment_id: str,
    file: str,
    title: str | None = None,
    metadata_file: str | None = None,
    **wishes: Any,
) -> dict[str, Any]:
    """Read the readings of a file, and all that is wrong with them. Safe to repeat: they are replaced as a whole.

    It runs in a child process: the file is not to be trusted, and a large one takes memory.
    """
    from research.experiments.intake import take_in
    from research.experiments.readings import Wishes

    store = services.files()
    return take_in(
        services.database(),
        store.path(file),
        store.describe(file),
        experiment_id=experiment_id,
        title=title,
        wishes=Wishes(**wishes),
        notes=store.path(metadata_file) if metadata_file else None,
        progress=ctx.progress,
    )


def amount(what: str, example: str) -> fields.String:
    """An argument that is an amount with its unit."""
    return fields.String(validate=validate.Length(1, 60), metadata={"description": f"{what}, such as `{example}`"})


class CalculateMetrics(ExperimentStep):
    """What the readings do not say about the cell."""

    kind = fields.String(
        validate=validate.OneOf(["time_series", "polarisation", "voltammogram", "impedance"]),
        metadata={"description": "kind of measurement; left out, found by the columns and how they go together"},
    )
    conditions = fields.List(
        fields.String(validate=validate.Length(1, 200)),
        validate=validate.Length(max=20),
        metadata={"description": "headers of the columns that tell curves apart; left out, those that rarely change"},
    )
    electrode_area = amount("electrode area for densities; left out, that of the notes", "4.5 cm2")
    volume = amount("volume of the anode chamber, for the coulombic efficiency of a batch", "28 mL")
    external_resistance = amount("resistor over which the voltage was measured, for the current", "1000 ohm")
    cod_change = amount("chemical oxygen demand that was removed", "350 mg/L")
    flow_rate = amount("flow through the cell, for the coulombic efficiency of continuous operation", "0.5 mL/min")
    substrate = amount("amount of substrate that was used up", "0.56 mmol")
    electrons = fields.Integer(
        strict=True,
        load_default=8,
        validate=validate.Range(1, 100),
        metadata={"description": "electrons that one molecule of the substrate gives: acetate 8, glucose 24"},
    )
    without_implausible = fields.Boolean(
        load_default=False,
        metadata={"description": "leave out the rows whose voltage, current or power is implausible"},
    )


@job(queue=experiment_queue, schema=CalculateMetrics, retry=RETRY, timeout=600, pipe_ignore=True)
def calculate_metrics(ctx: Context, *, experiment_id: str, kind: str | None = None, **given: Any) -> dict[str, Any]:
    """Calculate what readings amount to, with methods and sources. Safe to repeat: the metrics are replaced."""
    from research.experiments.evaluate import evaluate

    return evaluate(services.database(), experiment_id, kind, given, ctx.progress)


class GenerateReport(ExperimentStep):
    """The form of the report."""

    format = fields.String(
        load_default="html",
        validate=validate.OneOf(["html", "pdf", "both"]),
        metadata={"description": "html, pdf, or both; pdf needs a worker with the extra pdf-report"},
    )


@job(
    queue=experiment_queue,
    schema=GenerateReport,
    retry=RETRY,
    timeout=600,
    isolated=True,
    memory_mb=1536,
    requires=("matplotlib",),
    pipe_ignore=True,
)
def generate_report(ctx: Context, *, experiment_id: str, format: str) -> dict[str, Any]:  # noqa: A002 - for callers
    """Write a report with plots as HTML or PDF. Safe to repeat: the report of a format is replaced."""
    from research.experiments.reporting import write_reports

    formats = ("html", "pdf") if format == "both" else (format,)
    return write_reports(services.database(), services.files(), experiment_id, formats, ctx.progress)
