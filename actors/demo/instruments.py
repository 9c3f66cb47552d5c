"""Instruments of a lab: readings that need several attempts, and a job that has stopped telling how far it is."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from actors.demo.work import idle, work
from callboard.jobs.policy import Queue, Retry
from callboard.worker.context import Context
from callboard.worker.job import job

instruments = Queue("instruments", concurrency=6)


class ReadInstrument(Schema):
    """Which instrument."""

    instrument = fields.String(required=True, metadata={"description": "such as potentiostat-3"})
    answers_at = fields.Integer(
        load_default=1, validate=validate.Range(1, 9), metadata={"description": "the attempt at which it answers"}
    )


class WarmUp(Schema):
    """What is warmed up."""

    instrument = fields.String(required=True, metadata={"description": "such as mass-spectrometer"})
    minutes = fields.Float(load_default=45.0, metadata={"description": "how long it takes"})


@job(queue=instruments, schema=ReadInstrument, retry=Retry(attempts=4, first=4.0, at_most=30.0), timeout=60)
def read_instrument(ctx: Context, *, instrument: str, answers_at: int) -> dict[str, Any]:
    """Fetch the newest readings. Safe to repeat: readings are kept by their time."""
    work(ctx, 1.5, {"connect": 1})
    readings = readings_of(instrument, answers_at, ctx.number)
    work(ctx, 2.5, {"read": 1})
    return readings


def readings_of(instrument: str, answers_at: int, attempt: int) -> dict[str, Any]:
    """Ask an instrument. Raises ConnectionError where it does not answer."""
    if attempt < answers_at:
        raise ConnectionError(f"{instrument} does not answer on port 5025")
    return {"instrument": instrument, "readings": 240}


@job(queue=instruments, schema=WarmUp, retry=Retry(attempts=1), timeout=7200)
def warm_up(ctx: Context, *, instrument: str, minutes: float) -> dict[str, Any]:
    """Wait until an instrument is warm. Safe to repeat: it only waits."""
    ctx.log(f"{instrument}: heater on")
    for percent in range(0, 40, 2):
        ctx.progress(percent, 100, "heat")
        idle(ctx, 0.2)
    ctx.log(f"{instrument}: waits for a stable baseline", level="warning")
    idle(ctx, minutes * 60)
    return {"instrument": instrument, "warm": True}
