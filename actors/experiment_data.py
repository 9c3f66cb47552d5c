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
    """Readings of a table in SI, with every cell that is wrong. Safe to repeat: they are replaced as a whole.

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
