"""One job of the past: its row, its attempts and its failures, as the recorder would have written them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from actors.demo import imaging, instruments, notes, sequencing, sheets, simulation, work
from callboard.history.rows import Row, row_of
from callboard.jobs.call import record_fields
from callboard.jobs.encoding import encode
from callboard.jobs.errors import classify, retryable
from callboard.jobs.fingerprint import fingerprint
from callboard.jobs.outcome import Failure
from callboard.worker.conclude import describe

if TYPE_CHECKING:
    from callboard.jobs.call import Call

WORKERS: Final = ("bench-a-4711-k2v9xd", "bench-a-4712-81mzqe", "bench-b-2093-t6yw3p")
CANCELLED: Final = 0.008
# Seconds that an attempt takes: so many, and so many for each of what an argument counts.
SECONDS: Final = {
    "segment_slide": (0.0, 1 / 3, "tiles"),
    "read_instrument": (4.0, 0.0, ""),
    "read_sheet": (2.0, 0.0, ""),
    "fit_model": (0.0, 1 / 50, "points"),
    "summarise_notes": (2.0, 1 / 5, "pages"),
    "align_reads": (4.0, 1.0, "reads"),
    "call_variants": (6.0, 1 / 2, "reads"),
    "measure_coverage": (5.0, 1 / 4, "reads"),
    "report_sample": (3.0, 0.0, ""),
}
# What an attempt gives, by the code that live jobs run, so that its failures are in the groups of those to come.
ENDS: Final[dict[str, Callable[..., Any]]] = {
    "segment_slide": imaging.cells_of,
    "read_instrument": instruments.readings_of,
    "read_sheet": sheets.values_of,
    "fit_model": simulation.fit_of,
    "summarise_notes": notes.summary_of,
    "align_reads": sequencing.aligned,
    "call_variants": sequencing.variants_of,
    "measure_coverage": sequencing.coverage_of,
    "report_sample": sequencing.report_of,
}


@dataclass
class Lived:
    """A job that has finished, with the rows that tell of it."""

    row: Row
    attempts: list[Row] = field(default_factory=list)
    failures: list[Row] = field(default_factory=list)
    error: Row | None = None

    @property
    def finished_ms(self) -> int:
        """When it finished."""
        return int(self.row["finished_ms"])


def live(call: Call, at_ms: int, dice: random.Random, step: Mapping[str, str] | None = None) -> Lived:
    """A job enqueued at a time, as it would have gone: attempts, waits between them, and how it ended."""
    lived = Lived({})
    ended = at_ms + round(dice.expovariate(1 / 900))
    if dice.random() < CANCELLED and not step:
        lived.attempts.append(attempt_row(call, 1, ended, ended + dice.randrange(200, 2000), "cancelled"))
        lived.row = row_of(call.id, record_of(call, at_ms, lived.attempts[-1], None))
        return lived
    for attempt in range(1, call.policy.retry.attempts + 1):
        result, failure, seconds = one_attempt(call, attempt, dice)
        begun, ended = ended, ended + round(seconds * 1000)
        last = failure is None or not retryable(failure.error_class) or attempt == call.policy.retry.attempts
        outcome = "completed" if failure is None else "failed" if last else "retry"
        lived.attempts.append(attempt_row(call, attempt, begun, ended, outcome))
        if failure:
            lived.failures.append(failure_row(call, attempt, ended, failure, final=last))
        if last:
            break
        ended += round(1000 * call.policy.retry.delay(attempt, dice))
    lived.row = row_of(call.id, record_of(call, at_ms, lived.attempts[-1], result) | dict(step or {}))
    if lived.failures:
        worst = lived.failures[-1]
        kept = {name: worst[name] for name in ("error_class", "error_type", "fingerprint")}
        lived.error = {"job": call.id, "error_message": worst["message"], **kept}
    return lived


def skipped(call: Call, at_ms: int, cause: Lived, step: Mapping[str, str]) -> Lived:
    """A step of a flow that was never run, because one before it has failed."""
    end = {"attempt": 0, "outcome": "failed", "worker": "", "started_ms": "", "ended_ms": at_ms}
    row = row_of(call.id, record_of(call, at_ms, end, None) | dict(step) | {"blocked_by": cause.row["id"]})
    words = f"skipped: it depends on {cause.row['type']} {cause.row['id']}, which is failed"
    about = {"error_class": "permanent", "error_type": "Skipped", "fingerprint": None}
    return Lived(row, error={"job": call.id, "error_message": words, **about})


def one_attempt(call: Call, attempt: int, dice: random.Random) -> tuple[Any, Failure | None, float]:
    """Result or failure of an attempt, and its seconds."""
    base, each, counted = SECONDS[call.type]
    seconds = (base + each * call.kwargs.get(counted, 0)) * dice.uniform(0.9, 1.25)
    limit = call.policy.timeout
    if limit and seconds > limit:
        return None, timed_out(limit), limit
    try:
        number = {"attempt": attempt} if call.type == "read_instrument" else {}
        return ENDS[call.type](**call.kwargs, **number), None, seconds
    except Exception as error:  # noqa: BLE001 - what is raised here is what is shown
        return None, describe(error, classify(error)), seconds * 0.6


def timed_out(limit: float) -> Failure:
    """What is kept of an attempt that was stopped in the middle of its work."""
    words = f"ran over its time limit of {limit:g} s"
    place = f'  File "{work.__file__}", line {work.work.__code__.co_firstlineno + 9}, in work\n    time.sleep(pause)\n'
    trace = f"Traceback (most recent call last):\n{place}callboard.jobs.errors.JobTimeout: {words}\n"
    return Failure("timeout", "JobTimeout", words, trace)


def attempt_row(call: Call, attempt: int, begun: int, ended: int, outcome: str) -> Row:
    """The row of an attempt."""
    worker = WORKERS[(begun // 1000) % len(WORKERS)]
    times = {"started_ms": begun, "ended_ms": ended}
    return {"job_id": call.id, "fence": attempt, "attempt": attempt, "worker": worker, "outcome": outcome, **times}


def failure_row(call: Call, attempt: int, at_ms: int, failure: Failure, *, final: bool) -> Row:
    """The row of a failed attempt."""
    told = failure.values()
    group = fingerprint(told["class"], told["type"], told["message"], told["traceback"])
    return {
        "job_id": call.id,
        "fence": attempt,
        "attempt": attempt,
        "at_ms": at_ms,
        "type": call.type,
        "queue": call.queue,
        "final": final,
        "error_class": told["class"],
        "error_type": told["type"],
        "message": told["message"],
        "traceback": told["traceback"],
        "fingerprint": group.id,
    }


def record_of(call: Call, at_ms: int, last: Row, result: Any) -> dict[str, str]:
    """The record that Redis would have of a job after its last attempt."""
    fields = record_fields(call)
    record = {str(name): str(value) for name, value in zip(fields[::2], fields[1::2], strict=True)}
    record |= {"type": call.type, "queue": call.queue, "state": last["outcome"], "worker": last["worker"]}
    record |= {"enqueued_ms": str(at_ms), "ready_ms": str(at_ms)}
    record |= {"started_ms": str(last["started_ms"]), "finished_ms": str(last["ended_ms"])}
    record |= {name: str(last["attempt"]) for name in ("attempt", "fence")}
    record["version"] = str(1 + 2 * last["attempt"])
    return record | ({"result": encode(result, f"result of {call.type}")} if last["outcome"] == "completed" else {})
