"""A sequencing run: the steps of a flow that branches, joins, and fails where a sample is mixed up."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from actors.demo.work import work
from callboard.jobs.errors import Permanent
from callboard.jobs.policy import Queue, Retry
from callboard.worker.context import Context
from callboard.worker.job import job

sequencing = Queue("sequencing", concurrency=4)
MILLION: Final = 1_000_000
RETRY: Final = Retry(attempts=3, first=5.0, at_most=30.0)


class Sample(Schema):
    """Which sample."""

    sample = fields.String(required=True, metadata={"description": "name of the sample, such as P-0117"})


class Reads(Sample):
    """A sample and how much of it was read."""

    reads = fields.Float(load_default=8.0, validate=validate.Range(0.1, 500), metadata={"description": "in millions"})


class Expected(Reads):
    """A sample of which somebody knows what it is."""

    expected = fields.String(load_default="", metadata={"description": "the strain that it should be, if known"})


@job(queue=sequencing, schema=Reads, retry=RETRY, timeout=300, pipe_ignore=True)
def align_reads(ctx: Context, *, sample: str, reads: float) -> dict[str, Any]:
    """Align the reads of a sample. Safe to repeat: it only computes."""
    ctx.log(f"{sample}: {reads:g} million reads")
    work(ctx, 4 + reads, {"index": 1, "align": 6, "sort": 2})
    return aligned(sample, reads)


@job(queue=sequencing, schema=Expected, retry=RETRY, timeout=300, pipe_ignore=True)
def call_variants(ctx: Context, *, sample: str, reads: float, expected: str) -> dict[str, Any]:
    """Find variants in an aligned sample. Safe to repeat: it only computes."""
    work(ctx, 6 + reads / 2, {"pile up": 3, "call": 5, "filter": 2})
    return variants_of(sample, reads, expected)


@job(queue=sequencing, schema=Reads, retry=RETRY, timeout=300, pipe_ignore=True)
def measure_coverage(ctx: Context, *, sample: str, reads: float) -> dict[str, Any]:
    """Measure how often each position was read. Safe to repeat: it only computes."""
    work(ctx, 5 + reads / 4, {"count": 1})
    return coverage_of(sample, reads)


@job(queue=sequencing, schema=Sample, retry=RETRY, timeout=60, pipe_ignore=True)
def report_sample(ctx: Context, *, sample: str) -> dict[str, Any]:
    """Write the report of a sample. Safe to repeat: a report replaces the one before."""
    work(ctx, 3, {"write": 1})
    return report_of(sample)


def aligned(sample: str, reads: float) -> dict[str, Any]:
    """What could be aligned."""
    return {"sample": sample, "aligned": round(reads * MILLION * 0.983)}


def variants_of(sample: str, reads: float, expected: str) -> dict[str, Any]:
    """The variants of a sample. Raises Permanent where it is not the strain that it should be."""
    if expected:
        raise Permanent(f"sample {sample} was to be {expected} and is not: the tubes are mixed up")
    return {"sample": sample, "variants": round(reads * 41)}


def coverage_of(sample: str, reads: float) -> dict[str, Any]:
    """How deep a sample was read."""
    return {"sample": sample, "mean_depth": round(reads * 31.4, 1)}


def report_of(sample: str) -> dict[str, Any]:
    """Where the report of a sample lies."""
    return {"sample": sample, "page": f"reports/{sample}.html"}
