"""Write the tables of docs/lifecycle.md and docs/redis.md from the code; `make docs` runs it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from callboard.broker.keys import KEYS, RECORD_FIELDS
from callboard.broker.scripts import LUA, read_header
from callboard.jobs.outcome import Failure
from callboard.jobs.states import EVENTS, MEANINGS, REASONS, TRANSITIONS

# What an entry of the stream holds, as `emit.lua` writes it.
EVENT_FIELDS: Final = {
    "event": "its name",
    "id": "the job, the flow or the schedule that it is about; empty for a queue",
    "type": "the type of the job, or the name of the flow",
    "queue": "the queue of the job",
    "version": "the version of the job after the change, 0 where there is none",
    "data": "a JSON object with more, such as the fence, the error, the delay, the progress or the log line; or empty",
}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Rows as a table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "–"


def emitters(event: str) -> list[str]:
    """The verbs whose contract says that they emit an event."""
    headers = {path.stem: read_header(path.read_text()) for path in sorted(LUA.glob("*.lua"))}
    return [verb for verb, header in headers.items() if event in re.split(r",\s*", header.fields["Emits"])]


def diagram() -> str:
    """The transitions as a Mermaid state diagram."""
    edges: dict[tuple[str, str], list[str]] = {}
    for move in TRANSITIONS:
        for source in move.source or ("[*]",):
            for target in move.target or ("[*]",):
                edges.setdefault((source, target), []).append(move.verb)
    lines = [f"    {source} --> {target}: {', '.join(verbs)}" for (source, target), verbs in edges.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


TABLES: Final[dict[str, Callable[[], str]]] = {
    "states": lambda: table(("state", "means"), [(f"`{state}`", words) for state, words in MEANINGS.items()]),
    "reasons": lambda: table(("reason", "means"), [(f"`{reason}`", words) for reason, words in REASONS.items()]),
    "diagram": diagram,
    "verbs": lambda: table(
        ("verb", "from", "to", "event", "when"),
        [(f"`{t.verb}`", _code(t.source), _code(t.target), f"`{t.event}`", t.meaning) for t in TRANSITIONS],
    ),
    "events": lambda: table(
        ("event", "emitted by the scripts"), [(f"`{event}`", _code(emitters(event))) for event in _scripted()]
    ),
    "keys": lambda: table(
        ("key", "type", "lives", "holds"), [(f"`{key.pattern}`", key.type, key.lifetime, key.holds) for key in KEYS]
    ),
    "record": lambda: table(("field", "holds"), [(f"`{name}`", words) for name, words in RECORD_FIELDS.items()]),
    "event": lambda: table(("field", "holds"), [(f"`{name}`", words) for name, words in EVENT_FIELDS.items()]),
    "failure": lambda: table(("field",), [(f"`{name}`",) for name in Failure("", "", "").values()]),
}


def _scripted() -> list[str]:
    return [event for event in EVENTS if emitters(event)]


def with_tables(page: str) -> str:
    """A page with every table between its markers written anew. Raises KeyError for a table that nobody makes."""

    def fresh(match: re.Match[str]) -> str:
        return f"<!-- table: {match[1]} -->\n\n{TABLES[match[1]]()}\n\n<!-- end -->"

    return re.sub(r"<!-- table: (\w+) -->.*?<!-- end -->", fresh, page, flags=re.DOTALL)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(with_tables(path.read_text()))
