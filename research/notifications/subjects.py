"""The jobs that events are about, with what the rules ask of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine, select

from callboard.broker.keys import ERRORS, JOB
from callboard.broker.link import Links
from callboard.history.database import reading
from callboard.history.models import JobRow, table_of
from callboard.jobs.encoding import NotJson, decode

NUMBERS: Final = ("attempt", "attempts", "enqueued_ms", "started_ms", "finished_ms")
FIELDS: Final = ("type", "meta", "tags", "flow", *NUMBERS)


@dataclass(frozen=True, slots=True)
class Subject:
    """A job as the rules see it; without its arguments and its result, which are nothing to them."""

    meta: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    flow: str | None = None
    attempt: int = 0
    attempts: int = 0
    enqueued_ms: int = 0
    started_ms: int = 0
    finished_ms: int = 0

    @property
    def run_ms(self) -> int | None:
        """How long its last attempt took."""
        return max(0, self.finished_ms - self.started_ms) if self.started_ms and self.finished_ms else None


NOBODY: Final = Subject()


def subjects(links: Links, engine: Engine, ids: Iterable[str]) -> dict[str, Subject]:
    """The jobs of some ids: from Redis, or from the history where Redis has forgotten them."""
    wanted = list(dict.fromkeys(ids))
    replies = links.run(*[("HMGET", JOB(links.prefix, id), *FIELDS) for id in wanted]) if wanted else []
    records = {id: dict(zip(FIELDS, reply, strict=True)) for id, reply in zip(wanted, replies, strict=True)}
    found = {id: _subject(record) for id, record in records.items() if record["type"] is not None}
    return found | _recorded(engine, [id for id in wanted if id not in found])


def last_failures(links: Links, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What went wrong in the last attempt of jobs: class, type, message, traceback; nothing where that is gone."""
    wanted = list(dict.fromkeys(ids))
    replies = links.run(*[("LRANGE", ERRORS(links.prefix, id), -1, -1) for id in wanted]) if wanted else []
    lines = {id: _object(reply[0]) for id, reply in zip(wanted, replies, strict=True) if reply}
    return {id: line["failure"] for id, line in lines.items() if isinstance(line.get("failure"), dict)}


def results(links: Links, ids: Iterable[str]) -> dict[str, Any]:
    """What the bodies of jobs returned, where it was an object."""
    wanted = list(dict.fromkeys(ids))
    replies = links.run(*[("HGET", JOB(links.prefix, id), "result") for id in wanted]) if wanted else []
    return {id: _object(reply) for id, reply in zip(wanted, replies, strict=True)}


def _recorded(engine: Engine, ids: list[str]) -> dict[str, Subject]:
    if not ids:
        return {}
    columns = [table_of(JobRow).c[name] for name in ("id", *FIELDS)]
    with reading(engine) as session:
        rows: list[dict[str, Any]] = [
            {**row} for row in session.execute(select(*columns).where(JobRow.id.in_(ids))).mappings()
        ]
    return {row["id"]: _subject(row) for row in rows}


def _subject(record: Mapping[str, Any]) -> Subject:
    tags = _list(record["tags"])
    numbers = {name: _number(record[name]) for name in NUMBERS}
    return Subject(_object(record["meta"]), tags, record["flow"], **numbers)


def _number(value: Any) -> int:
    text = str(value or 0)
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _object(text: str | None) -> dict[str, Any]:
    value = _json(text)
    return value if isinstance(value, dict) else {}


def _list(text: str | None) -> list[str]:
    value = _json(text)
    return [str(one) for one in value] if isinstance(value, list) else []


def _json(text: str | None) -> Any:
    try:
        return decode(text, "field") if text else None
    except NotJson:
        return None
