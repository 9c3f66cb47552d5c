"""Fits of a model: jobs that may run over their time limit."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from actors.demo.work import work
from callboard.jobs.policy import Queue, Retry
from callboard.worker.context import Context
from callboard.worker.job import job

simulation = Queue("simulation", concurrency=3)


class FitModel(Schema):
    """What is fitted."""

    model = fields.String(load_default="butler-volmer", metadata={"description": "name of the model"})
    points = fields.Integer(
        load_default=400, validate=validate.Range(1, 100_000), metadata={"description": "readings; 50 a second"}
    )


@job(queue=simulation, schema=FitModel, retry=Retry(attempts=2, first=5.0, at_most=20.0), timeout=15, priority="low")
def fit_model(ctx: Context, *, model: str, points: int) -> dict[str, Any]:
    """Fit a model to readings. Safe to repeat: it only computes."""
    work(ctx, points / 50, {"start values": 1, "iterate": 8, "confidence": 1})
    return fit_of(model, points)


def fit_of(model: str, points: int) -> dict[str, Any]:
    """How well a model fits."""
    return {"model": model, "points": points, "r2": round(0.99 - 1 / (points + 10), 4)}
