"""Notes of a lab, summed up by a provider: jobs with tokens and costs under a rate, and labels that wait for paper."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from actors.demo.work import work
from callboard.jobs.policy import KeyLimit, Queue, RateLimit, Retry
from callboard.worker.context import Context
from callboard.worker.job import job

notes = Queue("lab-notes", concurrency=4)
labels = Queue("label-printer", concurrency=1)
PROVIDER = KeyLimit("provider:{provider}", RateLimit(6, 60))


class SummariseNotes(Schema):
    """Which notes."""

    notebook = fields.String(required=True, metadata={"description": "name of the notebook"})
    pages = fields.Integer(load_default=10, validate=validate.Range(1, 500), metadata={"description": "how many"})
    provider = fields.String(load_default="invented", metadata={"description": "nobody is asked"})


class PrintLabels(Schema):
    """Which labels."""

    box = fields.String(required=True, metadata={"description": "name of the box"})
    count = fields.Integer(load_default=24, validate=validate.Range(1, 1000), metadata={"description": "labels"})


@job(queue=notes, schema=SummariseNotes, retry=Retry(attempts=3, first=10.0), timeout=120, limits=(PROVIDER,))
def summarise_notes(ctx: Context, *, notebook: str, pages: int, provider: str) -> dict[str, Any]:
    """Sum notes up. Safe to repeat: it only computes; the costs are invented."""
    work(ctx, 2 + pages / 5, {"read": 1, "ask": 4})
    return summary_of(notebook, pages, provider)


def summary_of(notebook: str, pages: int, provider: str) -> dict[str, Any]:
    """What a summary of so many pages says, and what it would cost."""
    tokens = {"input": pages * 620, "output": 180 + pages * 14}
    cost = (tokens["input"] * 0.25 + tokens["output"] * 2.0) / 1e6
    words = f"{notebook}: {pages} pages, nothing unusual"
    return {"provider": provider, "summary": words, "tokens": tokens, "cost_usd": round(cost, 6)}


@job(queue=labels, schema=PrintLabels, retry=Retry(attempts=2, first=5.0, at_most=5.0), timeout=60)
def print_labels(ctx: Context, *, box: str, count: int) -> dict[str, Any]:
    """Print the labels of a box. Not safe to repeat without a look: what is printed is printed."""
    work(ctx, count / 6, {"print": 1})
    return printed(box, count)


def printed(box: str, count: int) -> dict[str, Any]:
    """What was printed."""
    return {"box": box, "printed": count}
