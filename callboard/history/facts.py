"""What a batch of events says, gathered by what it will be written to: attempts, failures, progress, jobs, flows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from callboard.broker.stream import Event
from callboard.broker.tape import Entry, FlowEntry
from callboard.history.doubts import IN_DOUBT
from callboard.history.rows import Row, row_of, row_of_flow
from callboard.jobs.fingerprint import fingerprint
from callboard.jobs.normalise import storable
from callboard.jobs.states import FINAL

# How an attempt has ended, by the event that tells of it; a worker that was lost says so in its error class.
ENDINGS: Final = {
    "job:completed": "completed",
    "job:retrying": "retry",
    "job:failed": "failed",
    "job:released": "released",
    "job:rescued": "lost",
    "job:cancelled": "cancelled",
}
# The state that an event leaves its job in, for jobs whose record is gone.
LEAVES: Final = {
    "job:active": "active",
    "job:parked": "delayed",
    "job:completed": "completed",
    "job:retrying": "delayed",
    "job:failed": "failed",
    "job:cancelled": "cancelled",
    "job:rescued": "waiting",
    "job:promoted": "waiting",
    "job:rerun": "waiting",
}
FAILURES: Final = ("job:retrying", "job:failed", "job:rescued")
SILENT: Final = ("job:log", "job:quarantined")
MESSAGE_MOST: Final = 2_000


@dataclass(slots=True)
class Facts:
    """What the events of a batch tell by themselves, in order; the last word of each job and attempt counts."""

    last: dict[str, Event] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    removed: dict[str, dict[str, str]] = field(default_factory=dict)
    attempts: dict[tuple[str, int], Row] = field(default_factory=dict)
    failures: dict[tuple[str, int], tuple[Event, dict[str, Any]]] = field(default_factory=dict)
    skipped: dict[str, dict[str, Any]] = field(default_factory=dict)
    progress: dict[str, Row] = field(default_factory=dict)
    flows: dict[str, Event] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)

    @property
    def failed(self) -> set[str]:
        """The jobs of which an attempt has failed."""
        return {id for id, _ in self.failures}


def gather(events: Iterable[Event]) -> Facts:
    """The facts of a batch."""
    facts = Facts()
    for event in events:
        if event.event.startswith("job:") and event.event not in SILENT:
            _note_job(facts, event)
        elif event.event.startswith("flow:"):
            facts.flows[event.job] = event
            if event.event == "flow:started":
                facts.started.add(event.job)
    return facts


def _note_job(facts: Facts, event: Event) -> None:
    id, name, values = event.job, event.event, event.values
    if name == "job:removed":
        record = values.get("record")
        if isinstance(record, dict):
            facts.removed[id] = {str(key): str(value) for key, value in record.items()}
        return
    facts.last[id] = event
    if name in ("job:added", "job:edited"):
        facts.added.add(id)  # what it is searched by is read anew
    elif name == "job:rerun":
        facts.again.add(id)
    elif name == "job:progress":
        facts.progress[id] = _progress_row(event, values)
    else:
        _note_attempt(facts, event, values)


def _note_attempt(facts: Facts, event: Event, values: dict[str, Any]) -> None:
    id, name, fence = event.job, event.event, _whole(values.get("fence"))
    if name == "job:active":
        worker = storable(str(values.get("worker", "")))[:200]
        attempt = {"attempt": _whole(values.get("attempt")), "worker": worker, "started_ms": event.at_ms}
        _attempt(facts, id, fence).update(attempt)
    elif name in ENDINGS and fence:
        _attempt(facts, id, fence).update(ended_ms=event.at_ms, outcome=ending(name, values))
    if name in FAILURES and fence:
        facts.failures[id, fence] = (event, values)
    elif name == "job:failed":
        facts.skipped[id] = values


def _attempt(facts: Facts, id: str, fence: int) -> Row:
    empty = {"job_id": id, "fence": fence, "attempt": 0, "worker": None, "started_ms": None}
    return facts.attempts.setdefault((id, fence), {**empty, "ended_ms": None, "outcome": None})


def ending(name: str, values: dict[str, Any]) -> str:
    """How an attempt has ended, by the event of its end."""
    return "lost" if name == "job:failed" and values.get("class") == "lost" else ENDINGS[name]


def _progress_row(event: Event, values: dict[str, Any]) -> Row:
    done, total, percent = values.get("done"), values.get("total"), values.get("percent")
    if percent is None and isinstance(done, int | float) and isinstance(total, int | float) and total > 0:
        percent = 100 * done / total
    known = float(percent) if isinstance(percent, int | float) else None
    return {"job_id": event.job, "at_ms": event.at_ms, "percent": known, "progress": storable(event.data)}


def job_rows(facts: Facts, entries: dict[str, Entry]) -> tuple[list[Row], list[Row]]:
    """The rows of the jobs of a batch: those with a record, and what the events say of those without."""
    whole, partial = [], []
    for id, event in facts.last.items():
        record = entries[id].record or facts.removed.get(id)
        if record and "type" in record:
            whole.append(row_of(id, record))
        else:
            partial.append(_row_of_event(id, event))
    whole += [row_of(id, record) for id, record in facts.removed.items() if id not in facts.last]
    return whole, partial


def _row_of_event(id: str, event: Event) -> Row:
    """What an event tells of a job whose record is gone: too little to run it again by, so a live one is in doubt."""
    state = LEAVES.get(event.event) or str(event.values.get("state", "waiting"))
    record = {"type": event.type, "queue": event.queue, "state": state, "version": str(event.version)}
    if state in FINAL:
        record["finished_ms"] = str(event.at_ms)
    else:
        record["reason"] = IN_DOUBT
    return row_of(id, record | {"enqueued_ms": str(event.at_ms)})


def failure_rows(facts: Facts, entries: dict[str, Entry]) -> list[Row]:
    """The rows of failed attempts, with the traceback that the record of the job has kept."""
    rows = []
    for (id, fence), (event, values) in facts.failures.items():
        kept = next((e["failure"] for e in entries[id].errors if e.get("fence") == fence and "failure" in e), values)
        told = {name: storable(str(kept.get(name) or "")) for name in ("class", "type", "message", "traceback")}
        group = fingerprint(told["class"], told["type"], told["message"], told["traceback"])
        rows.append(
            {
                "job_id": id,
                "fence": fence,
                "attempt": _whole(values.get("attempt")),
                "at_ms": event.at_ms,
                "type": storable(event.type)[:200],
                "queue": storable(event.queue)[:200],
                "final": event.event == "job:failed",
                "error_class": told["class"][:16],
                "error_type": told["type"][:200],
                "message": told["message"],
                "traceback": told["traceback"],
                "fingerprint": group.id,
            }
        )
    return rows


def error_rows(facts: Facts, failures: list[Row]) -> list[Row]:
    """For each job that failed, its last error, as the columns of its row."""
    errors = {
        row["job_id"]: {
            "error_class": row["error_class"],
            "error_type": row["error_type"],
            "error_message": row["message"][:MESSAGE_MOST],
            "fingerprint": row["fingerprint"],
        }
        for row in failures
    }
    for id, values in facts.skipped.items():
        error_type, message = str(values.get("type", ""))[:200], storable(str(values.get("message", "")))
        errors[id] = {
            "error_class": str(values.get("class", ""))[:16],
            "error_type": error_type,
            "error_message": message,
            "fingerprint": None,
        }
    return [{"job": id, **error} for id, error in errors.items()]


def flow_rows(facts: Facts, entries: dict[str, FlowEntry]) -> list[Row]:
    """The rows of the flows of a batch; of one whose record is gone, what its last event tells."""
    rows = []
    for id, entry in entries.items():
        if entry.record:
            rows.append(row_of_flow(id, entry.record, entry.graph))
        elif id in facts.flows and facts.flows[id].event != "flow:started":
            event = facts.flows[id]
            state, broken = event.event.removeprefix("flow:"), event.values.get("broken")
            rows.append({"id": id, "state": state, "finished_ms": event.at_ms, "broken": broken})
    return rows


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
