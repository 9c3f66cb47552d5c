"""A search written down again, so that reading it gives the same search."""

from __future__ import annotations

import re
from typing import Final

from callboard.history.search.keys import KEYS
from callboard.history.search.query import And, Everything, Is, Match, Not, Or, Query, Span, Word
from callboard.history.search.values import written_duration, written_time

PLAIN: Final = re.compile(r"(?!(?:AND|OR|NOT)\Z)[A-Za-z0-9_/@][A-Za-z0-9_/@-]*(?:\.[A-Za-z0-9_/@-]+)*", re.ASCII)
SEGMENT: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def write(query: Query) -> str:
    """The text of a search: `parse(write(query)) == query`."""
    match query:
        case Everything():
            return ""
        case Word(text):
            return write_text(text)
        case Match():
            return _match(query)
        case Not(part):
            return f"-{_grouped(part)}"
        case And(parts):
            return " ".join(_grouped(part) if isinstance(part, Or) else write(part) for part in parts)
        case Or(parts):
            return " OR ".join(_grouped(part) if isinstance(part, And) else write(part) for part in parts)


def _grouped(query: Query) -> str:
    return f"({write(query)})" if isinstance(query, And | Or) else write(query)


def _match(match: Match) -> str:
    kind = KEYS[match.key].kind
    path = "".join(f".{name if SEGMENT.fullmatch(name) else quoted(name)}" for name in match.path)
    values = [write_text(test.text) if isinstance(test, Is) else written_span(kind, test) for test in match.tests]
    return f"{match.key}{path}:{','.join(values)}"


def written_span(kind: str, span: Span) -> str:
    """A range as it is read again exactly."""
    low, high = (None if end is None else _end(kind, end) for end in (span.low, span.high))
    if span.low == span.high and low is not None:
        return low if kind in ("number", "priority", "time") else f"{low}..{low}"
    if high is None:
        return f"{'>' if span.above else '>='}{low}"
    return f"{'<' if span.below else '<='}{high}" if low is None else f"{low}..{high}"


def _end(kind: str, number: float) -> str:
    if kind == "time":
        return written_time(int(number))
    if kind == "duration":
        return f"{int(number)}ms" if number % 1000 else written_duration(int(number))
    return repr(number)


def write_text(text: str) -> str:
    """A value in quotes if it needs them."""
    return text if PLAIN.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """A text in quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
