"""Answers computed before somebody asks for them."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from actors import services
from callboard.jobs.policy import Queue
from callboard.worker.context import Context
from callboard.worker.job import job

cache_queue = Queue("cache", concurrency=5)
MONTH_SECONDS: Final = 30 * 86_400
KEY_BYTES: Final = 250


def of_key_length(key: str) -> None:
    """Refuse a key that a result could not list beside hundreds of others."""
    if len(key.encode("utf-8", "replace")) > KEY_BYTES:
        raise ValidationError(f"expected at most {KEY_BYTES} bytes, got {key[:40]!r}…")


class Cached(Schema):
    """How long answers are kept."""

    ttl = fields.Integer(
        strict=True,
        load_default=3600,
        validate=validate.Range(1, MONTH_SECONDS),
        metadata={"description": "seconds that an answer holds"},
    )


class CacheWarm(Cached):
    """Which answers."""

    keys = fields.List(
        fields.String(validate=[validate.Length(1), of_key_length]),
        required=True,
        validate=validate.Length(1, 300),
        metadata={
            "description": "such as `search:machine learning`, `paper:ID` or `dataset:TABLE`; docs/cache.md has all"
        },
    )
    again = fields.Boolean(
        load_default=False, metadata={"description": "compute also what is there and holds, instead of keeping it"}
    )


class CachePrecompute(Cached):
    """Which operation."""

    name = fields.String(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "name of an operation; docs/cache.md lists them"},
    )
    arguments = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "what the operation is to be computed for"}
    )


@job(queue=cache_queue, schema=CacheWarm, timeout=300, priority="low")
def cache_warm(ctx: Context, *, keys: list[str], ttl: int, again: bool) -> dict[str, Any]:
    """Compute what is not there. Safe to repeat: what an earlier attempt has computed holds and is kept."""
    from datetime import timedelta

    from research.cache.warming import warm

    last = ctx.number >= ctx.attempt.attempts
    warmed = warm(services.database(), keys, timedelta(seconds=ttl), again=again, last=last, progress=ctx.progress)
    return warmed.values()


@job(queue=cache_queue, schema=CachePrecompute, timeout=300, priority="low", pipe_ignore=True)
def cache_precompute(ctx: Context, *, name: str, arguments: dict[str, Any], ttl: int) -> dict[str, Any]:
    """Compute an operation anew. Safe to repeat: its result replaces the earlier one under the same key."""
    from datetime import timedelta

    from research.cache.cache import fill
    from research.cache.entries import sweep
    from research.cache.operations import key_of
    from research.models import now

    engine, key = services.database(), key_of(name, arguments)
    ctx.progress(0, 2, name)
    entry = fill(engine, key, timedelta(seconds=ttl), again=True).entry
    ctx.progress(1, 2, "sweep")
    sweep(engine, now())
    ctx.progress(2, 2, "stored")
    return {
        "key": key,
        "etag": entry.etag,
        "computed_in_ms": entry.computed_in_ms,
        "expires_at": entry.expires_at.isoformat(),
    }
