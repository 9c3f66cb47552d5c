"""The record of a job as users see it: read from Redis, never written from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callboard.jobs.clock import from_ms
from callboard.jobs.encoding import NotJson, decode
from callboard.jobs.policy import NORMAL


@dataclass(frozen=True, slots=True)
class Job:
    """One job: what was called, where it is, how often it ran, and what came out of it."""

    id: str
    type: str
    queue: str
    state: str
    version: int = 0
    reason: str | None = None
    due_at: datetime | None = None
    priority: int = NORMAL
    attempt: int = 0
    attempts: int = 1
    crashes: int = 0
    fence: int = 0
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    enqueued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    timeout_ms: int | None = None
    worker: str | None = None
    cancelling: bool = False
    progress: dict[str, Any] | None = None
    checkpoint: Any = None
    result: Any = None
    flow: str | None = None
    step: str | None = None
    blocked_by: str | None = None
    approval: str | None = None
    left_out: bool = False
    decided: dict[str, Any] | None = None
    unique: str | None = None
    fairness: str | None = None
    tags: list[str] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)


def _json(text: str | None, fallback: Any) -> Any:
    """A JSON field, or the bare text where somebody else wrote it: a viewer must render anything."""
    if text is None:
        return fallback
    try:
        return decode(text, "field")
    except NotJson:
        return text


def _list(text: str | None) -> list[Any]:
    value = _json(text, [])
    return value if isinstance(value, list) else [value]


def _object(text: str | None) -> dict[str, Any]:
    value = _json(text, {})
    return value if isinstance(value, dict) else {"_": value}


def _number(text: str | None, fallback: int = 0) -> int:
    return int(text) if text and text.removeprefix("-").isdecimal() else fallback


def _time(text: str | None) -> datetime | None:
    try:
        return from_ms(_number(text) or None)
    except (ValueError, OverflowError, OSError):  # no year that a calendar has
        return None


def job_from_record(id: str, record: Mapping[str, str]) -> Job:
    """The job of a record hash; fields that somebody has damaged are shown as they are."""
    get = record.get
    return Job(
        id=id,
        type=get("type", ""),
        queue=get("queue", ""),
        state=get("state", ""),
        version=_number(get("version")),
        reason=get("reason"),
        due_at=_time(get("due_ms")),
        priority=_number(get("priority"), NORMAL),
        attempt=_number(get("attempt")),
        attempts=_number(get("attempts"), 1),
        crashes=_number(get("crashes")),
        fence=_number(get("fence")),
        args=_list(get("args")),
        kwargs=_object(get("kwargs")),
        enqueued_at=_time(get("enqueued_ms")),
        started_at=_time(get("started_ms")),
        finished_at=_time(get("finished_ms")),
        timeout_ms=_number(get("timeout_ms")) or None,
        worker=get("worker"),
        cancelling=get("cancel") == "1",
        progress=_json(get("progress"), None),
        checkpoint=_json(get("checkpoint"), None),
        result=_json(get("result"), None),
        flow=get("flow"),
        step=get("step"),
        blocked_by=get("blocked_by"),
        approval=get("approval"),
        left_out=get("left_out") == "1",
        decided=_json(get("decided"), None),
        unique=get("unique"),
        fairness=get("fairness"),
        tags=[str(tag) for tag in _list(get("tags"))],
        meta=_object(get("meta")),
    )
