"""What the newest jobs have for values, read at most every ten seconds by a process."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select

from callboard.history.search.conditions import FLOWS, JOB
from callboard.history.search.known import known_values
from callboard.history.search.query import Is, Match
from callboard.history.search.terms import WORDS
from callboard.history.search.time_limit import TimeUp, limited, looking
from callboard.history.search.writing import write
from callboard.jobs.encoding import NotJson, decode
from callboard.jobs.masking import NAMED

ROWS: Final = 1_000
FLOWS_MOST: Final = 200
FRESH_SECONDS: Final = 10.0
SECONDS: Final = 0.5
# Longer JSON is not read: what is in it would hardly be typed.
JSON_MOST: Final = 4_000
VALUE_MOST: Final = 80
DEEPEST: Final = 3
COLUMNS: Final = ("user", "worker", "schedule")
LEADING: Final = ("type", "queue", "error_class")


@dataclass(slots=True)
class Sample:
    """How often each value was seen, by its key; of arguments and meta data by their path as it is typed."""

    values: dict[str, Counter[str]] = field(default_factory=dict)

    def note(self, key: str, value: str, times: int = 1) -> None:
        """Count a value of a key or path."""
        if len(value) <= VALUE_MOST:
            self.values.setdefault(key, Counter())[value] += times

    def paths(self) -> list[str]:
        """The paths that were seen, the most frequent first."""
        seen = {key: counts.total() for key, counts in self.values.items() if "." in key}
        return sorted(seen, key=lambda key: (-seen[key], key))


_samples: WeakKeyDictionary[Engine, tuple[float, Sample]] = WeakKeyDictionary()
_lock: Final = threading.Lock()


def sample(engine: Engine) -> Sample:
    """The values of the newest thousand jobs, ten seconds old at most; empty where that takes too long."""
    with _lock:
        read_at, kept = _samples.get(engine, (0.0, Sample()))
        if time.monotonic() - read_at > FRESH_SECONDS or not read_at:
            kept = _read(engine)
            _samples[engine] = (time.monotonic(), kept)
    return kept


def forget_samples() -> None:
    """Read anew at the next question."""
    with _lock:
        _samples.clear()


def _read(engine: Engine) -> Sample:
    found = Sample()
    texts = [func.substr(JOB[name], 1, JSON_MOST).label(name) for name in ("tags", "meta", "kwargs")]
    newest = select(*(JOB[name] for name in COLUMNS), *texts).order_by(JOB.number.desc()).limit(ROWS)
    pipelines = select(FLOWS.c.name).order_by(FLOWS.c.id.desc()).limit(FLOWS_MOST)
    try:
        with looking(engine) as connection, limited(connection, SECONDS) as sql:
            for key in LEADING:
                for value in known_values(sql, key):
                    found.note(key, value)
            for flow in sql.rows(pipelines):
                found.note("flow", flow.name)
            for row in sql.rows(newest):
                _note_row(found, row._asdict())
    except TimeUp:
        pass
    return found


def _note_row(found: Sample, row: dict[str, Any]) -> None:
    for key in COLUMNS:
        if row[key]:
            found.note(key, row[key])
    tags = _json(row["tags"])
    for tag in tags if isinstance(tags, list) else ():
        found.note("tag", str(tag))
    for key, column in (("meta", "meta"), ("args", "kwargs")):
        for path, value in _plain((), _json(row[column])):
            if not NAMED.search(path[-1]):
                found.note(_typed_path(key, path), value)


@lru_cache(maxsize=4_096)
def _typed_path(key: str, path: tuple[str, ...]) -> str:
    return write(Match(key, (Is("x"),), path)).removesuffix(":x")


def _plain(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """The plain values inside an object with their paths, as they are typed."""
    if isinstance(value, dict) and len(path) < DEEPEST:
        for name, inner in value.items():
            yield from _plain((*path, name), inner)
    elif isinstance(value, list) and path:
        for inner in value[:5]:
            if not isinstance(inner, dict | list):
                yield from _plain(path, inner)
    elif path and not isinstance(value, dict | list):
        yield path, value if isinstance(value, str) else _typed(value)


def _typed(value: float | bool | None) -> str:
    return WORDS[value] if value is None or isinstance(value, bool) else repr(value)


def _json(text: str | None) -> Any:
    try:
        return decode(text, "field") if text else None
    except NotJson:
        return None
