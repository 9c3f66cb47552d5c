"""Jobs as lists show them: the small columns, and of the long ones the beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from callboard.history.search.conditions import JOB
from callboard.jobs.clock import from_ms
from callboard.jobs.encoding import NotJson, decode, encode
from callboard.jobs.masking import Mask, hide, masker
from callboard.jobs.settings_table import Settings

SHORT: Final = 120
READ: Final = 1_000
WHOLE: Final = (
    *("id", "type", "queue", "state", "version", "reason", "priority", "attempt", "attempts", "wait_ms", "run_ms"),
    *("worker", "user", "schedule", "flow", "step", "cost_usd", "error_class", "error_type", "fingerprint"),
)
TIMES: Final = ("enqueued", "due", "started", "finished")
BEGINNINGS: Final = ("tags", "args", "kwargs", "error_message", "progress")


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in a list; `arguments` and `error` are cut to 120 characters."""

    id: str
    type: str
    queue: str
    state: str
    version: int
    reason: str | None
    priority: int
    attempt: int
    attempts: int
    wait_ms: int | None
    run_ms: int | None
    worker: str | None
    user: str | None
    schedule: str | None
    flow: str | None
    step: str | None
    cost_usd: float | None
    error_class: str | None
    error_type: str | None
    fingerprint: str | None
    enqueued_at: datetime | None
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    arguments: str
    error: str | None
    tags: list[str]
    progress: dict[str, Any] | None


def lines(connection: Connection, numbers: Sequence[int]) -> list[JobLine]:
    """The jobs with these numbers, newest first."""
    if not numbers:
        return []
    whole = [JOB[name] for name in (*WHOLE, *(f"{time}_ms" for time in TIMES))]
    begun = [func.substr(JOB[name], 1, READ).label(name) for name in BEGINNINGS]
    statement = select(*whole, *begun).where(JOB.number.in_(numbers)).order_by(JOB.number.desc())
    return [_line(row) for row in connection.execute(statement)]


def _line(row: Row[Any]) -> JobLine:
    values = row._asdict()
    tags, progress = _read(values["tags"], []), _read(values["progress"], None)
    kept: dict[str, Any] = {name: values[name] for name in WHOLE}
    kept |= {f"{time}_at": _time(values[f"{time}_ms"]) for time in TIMES}
    return JobLine(
        **kept,
        arguments=arguments(values["args"], values["kwargs"]),
        error=cut(values["error_message"]) if values["error_message"] else None,
        tags=tags if isinstance(tags, list) else [],
        progress=progress if isinstance(progress, dict) else None,
    )


def arguments(args: str | None, kwargs: str | None) -> str:
    """The arguments of a call as it would be written, `5, paper_id=123`; of what is too long to read, the beginning.

    Secrets are hidden.
    """
    by_position, by_name = hide(_read(args, args)), hide(_read(kwargs, kwargs))
    values = by_position if isinstance(by_position, list) else [by_position]
    shown = [_shown(value) for value in values if value is not None or values is by_position]
    if isinstance(by_name, dict):
        shown += [f"{name}={_shown(value)}" for name, value in by_name.items()]
    elif by_name is not None:
        shown.append(_shown(by_name))
    return cut(_mask()(", ".join(text for text in shown if text)))


@cache
def _mask() -> Mask:
    return masker(Settings())


def cut(text: str) -> str:
    """A text of at most 120 characters, its last one `…` if there were more."""
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else encode(value, "arguments")


def _read(text: str | None, otherwise: Any) -> Any:
    """A JSON text, or something else where it is cut or damaged: a viewer must render anything."""
    try:
        return otherwise if text is None else decode(text, "field")
    except NotJson:
        return otherwise


def _time(ms: int | None) -> datetime | None:
    try:
        return from_ms(ms)
    except (ValueError, OverflowError, OSError):  # no year that a calendar has
        return None
