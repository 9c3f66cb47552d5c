"""What a search means, said a second time: slowly, in Python, over one row."""

import json
from typing import Any

from callboard.history.search.query import And, Everything, Is, Match, Not, Or, Query, Span, Word
from tests.callboard.history.search.rows import FLOWS, NOW_MS

COLUMNS = {"created": "enqueued_ms", "started": "started_ms", "finished": "finished_ms", "cost": "cost_usd"}
LIVE = ("waiting", "delayed", "blocked", "active")


def fits(query: Query, row: dict[str, Any]) -> bool:
    match query:
        case Everything():
            return True
        case Word(text):
            return word_fits(text, row)
        case Not(part):
            return not fits(part, row)
        case And(parts):
            return all(fits(part, row) for part in parts)
        case Or(parts):
            return any(fits(part, row) for part in parts)
        case Match():
            return any(one_fits(query, test, row) for test in query.tests)


def word_fits(text: str, row: dict[str, Any]) -> bool:
    slug = text.strip().lower().replace("-", "_").replace(" ", "_")
    begins = len(text) >= 6 and text.isalnum() and text.isascii() and row["id"].startswith(text.upper())
    named = bool(slug) and slug in row["type"]
    return begins or named or row["id"] in (text, text.upper()) or tagged(row, text)


def tagged(row: dict[str, Any], text: str) -> bool:
    return any(same(value, text) for path, value in leaves(("tag",), load(row["tags"])))


def one_fits(match: Match, test: Is | Span, row: dict[str, Any]) -> bool:
    if isinstance(test, Span):
        return any(within(value, test) for value in numbers(match, row))
    key, text = match.key, test.text
    value = row.get(COLUMNS.get(key, key))
    if key == "tag":
        return tagged(row, text)
    if key in ("args", "meta"):
        return any(path == (key, *match.path) and same(value, text) for path, value in values(key, row))
    if key == "key":
        return row["unique_key"] is not None and row["unique_key"].casefold() == text.casefold()
    if key == "error":
        return any(text.lower() in (row[name] or "").lower() and row[name] is not None for name in ERRORS)
    if key == "worker":
        return value is not None and value.startswith(text)
    if key == "flow":
        return value is not None and (value == text or FLOWS.get(value) == text)
    return value is not None and value == text


ERRORS = ("error_message", "error_type")


def numbers(match: Match, row: dict[str, Any]) -> list[float]:
    """What a range is compared with."""
    if match.key in ("args", "meta"):
        return path_numbers(match, row)
    if match.key == "age":
        return [NOW_MS - row["enqueued_ms"]]
    value = row[COLUMNS.get(match.key, f"{match.key}_ms" if match.key in ("wait", "run") else match.key)]
    if value is None and match.key == "wait" and row["started_ms"] is None and row["state"] in LIVE:
        value = NOW_MS - row["enqueued_ms"]
    if value is None and match.key == "run" and row["state"] == "active" and row["started_ms"] is not None:
        value = NOW_MS - row["started_ms"]
    return [] if value is None else [value]


def path_numbers(match: Match, row: dict[str, Any]) -> list[float]:
    starts = [(load(row["kwargs" if match.key == "args" else "meta"]), match.path)]
    position, *rest = match.path
    if match.key == "args" and position.isdecimal() and isinstance(load(row["args"]), list):
        starts += [(value, tuple(rest)) for value in load(row["args"])[int(position) :][:1]]
    found = [at(value, path) for value, path in starts]
    return [value for value in found if isinstance(value, int | float) and not isinstance(value, bool)]


def at(value: Any, path: tuple[str, ...]) -> Any:
    """What an object holds at a path; lists are not entered."""
    if not path:
        return value
    return at(value.get(path[0]), path[1:]) if isinstance(value, dict) else None


def within(value: float, span: Span) -> bool:
    above = span.low is None or (value > span.low if span.above else value >= span.low)
    return above and (span.high is None or (value < span.high if span.below else value <= span.high))


def values(key: str, row: dict[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    """All plain values with their paths; those by position have their place."""
    found = leaves((key,), load(row["kwargs" if key == "args" else "meta"]))
    by_position = load(row["args"]) if key == "args" else None
    for place, value in enumerate(by_position if isinstance(by_position, list) else []):
        found += leaves((key, str(place)), value)
    return found


def leaves(path: tuple[str, ...], value: Any) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in leaves((*path, name), inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(path, inner)]
    return [(path, value)]


def load(text: str | None) -> Any:
    try:
        return [] if text is None else json.loads(text)
    except ValueError:
        return []


def same(value: Any, text: str) -> bool:
    """Whether a plain value is what a text says."""
    if isinstance(value, str):
        return value.casefold() == text.casefold() or (is_number(text) and value == str_number(float(text)))
    if value is None or isinstance(value, bool):
        return json.dumps(value) == text.casefold()
    return is_number(text) and float(text) == value


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def str_number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
