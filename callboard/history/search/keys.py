"""The keys of the search grammar: one table that the parser, the conditions, the suggestions and the docs agree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SearchKey:
    """A key: how its values are read and compared (`kind`), the column asked, and what it means to users."""

    name: str
    kind: str
    column: str
    means: str
    example: str


KEYS: Final = {
    key.name: key
    for key in (
        SearchKey("id", "id", "id", "the id of the job", "id:01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2"),
        SearchKey("type", "type", "type", "its type; case, `-` and `_` do not matter", "type:extract_pdf"),
        SearchKey("queue", "queue", "queue", "its queue; case, `-` and `_` do not matter", "queue:paper-processing"),
        SearchKey("state", "state", "state", "its state, `live`, `finished` or `all`", "state:failed,cancelled"),
        SearchKey("tag", "tag", "tags", "one of its tags; case does not matter", "tag:nightly"),
        SearchKey("user", "text", "user", "the user it was enqueued for", "user:ann@example.org"),
        SearchKey("flow", "flow", "flow", "the id of its flow, or the name of its pipeline", "flow:paper_intake"),
        SearchKey("schedule", "text", "schedule", "the schedule that enqueued it", "schedule:daily_report"),
        SearchKey("worker", "start", "worker", "its last worker, by id or host", "worker:host-4711"),
        SearchKey("version", "number", "version", "the version of its record", "version:>10"),
        SearchKey("error", "error", "error_message", "words of its last error, or its type", 'error:"timed out"'),
        SearchKey("error_class", "class", "error_class", "the class of its last error", "error_class:timeout,lost"),
        SearchKey("fingerprint", "text", "fingerprint", "the group of its last error", "fingerprint:9f86d081884c7d65"),
        SearchKey("attempt", "number", "attempt", "how many attempts have begun", "attempt:>=2"),
        SearchKey("priority", "priority", "priority", "by word or number; 1 is the most urgent", "priority:high"),
        SearchKey("args", "path", "kwargs", "an argument by its path, positions as `args.0`", "args.paper_id:123"),
        SearchKey("meta", "path", "meta", "an entry of its meta data by its path", "meta.batch:7"),
        SearchKey("created", "time", "enqueued_ms", "when it was enqueued", "created:2026-11-01..2026-11-03"),
        SearchKey("started", "time", "started_ms", "when its last attempt began", "started:today"),
        SearchKey("finished", "time", "finished_ms", "when it ended", "finished:>=2026-11-01T09:30"),
        SearchKey("age", "duration", "enqueued_ms", "how long ago it was enqueued", "age:>1h"),
        SearchKey("wait", "duration", "wait_ms", "how long it waited, or has waited so far", "wait:>5m"),
        SearchKey("run", "duration", "run_ms", "how long it ran, or has run so far", "run:10s..1m"),
        SearchKey("cost", "number", "cost_usd", "what it cost, in US dollars", "cost:>0.5"),
        SearchKey("key", "key", "unique_key", "its unique key; case does not matter", "key:import:2026-11"),
        SearchKey("reason", "word", "reason", "why it is delayed or blocked", "reason:retry,limited"),
    )
}

# What the values of a kind are, for the docs.
KINDS: Final = {
    "id": "an id",
    "type": "a name",
    "queue": "a name",
    "state": "a state",
    "tag": "a text",
    "text": "a text",
    "flow": "an id or a name",
    "start": "how it begins",
    "error": "words in it",
    "class": "a class",
    "word": "a word",
    "key": "a text",
    "path": "a text, or a range of numbers",
    "number": "a number or a range",
    "priority": "a word, a number or a range",
    "time": "a time or a range",
    "duration": "a duration or a range",
}


def table() -> str:
    """The keys as a table in Markdown."""
    names = {name: f"`{name}.…`" if key.kind == "path" else f"`{name}`" for name, key in KEYS.items()}
    rows = [f"| {names[name]} | {key.means} | {KINDS[key.kind]} | `{key.example}` |" for name, key in KEYS.items()]
    return "\n".join(["| key | asks for | values | example |", "|---|---|---|---|", *rows])
