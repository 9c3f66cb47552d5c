"""Every key in Redis: its name, type and lifetime, in one table that Python, Lua and the docs are made from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Key:
    """One kind of key; `pattern` follows the prefix and names its parts in angle brackets."""

    name: str
    pattern: str
    type: str
    lifetime: str
    holds: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts to fill in."""
        return tuple(re.findall(r"<(\w+)>", self.pattern))

    def __call__(self, prefix: str, *values: str) -> str:
        """The full name of the key."""
        text = self.pattern
        for part, value in zip(self.parts, values, strict=True):
            text = text.replace(f"<{part}>", value)
        return f"{prefix}:{text}"

    def lua(self) -> str:
        """The Lua function that builds the same name, `<name>_key(...)`."""
        pieces = re.split(r"<(\w+)>", self.pattern)
        terms = [f"'{p}'" if i % 2 == 0 else p for i, p in enumerate(pieces) if p]
        terms[0] = f"prefix .. ':{terms[0][1:]}"
        return f"local function {self.name}_key({', '.join(self.parts)}) return {' .. '.join(terms)} end"


JOB: Final = Key(
    "job", "job:<id>", "hash", "until removed", "the record of a job, or of a gate `<flow>#<n>` between groups"
)
ERRORS: Final = Key("errors", "job:<id>:errors", "list", "with its job", "what went wrong in each attempt, JSON")
LOG: Final = Key("log", "job:<id>:log", "list", "with its job", "the last 1,000 lines that the body logged, JSON")
NEXT: Final = Key(
    "next", "job:<id>:next", "list", "with its job", "flow: its dependants, each with the policy of the edge"
)
NEEDS: Final = Key("needs", "job:<id>:needs", "set", "until empty", "flow: what must finish before it may run")
PARENTS: Final = Key(
    "parents", "job:<id>:parents", "list", "with its job", "flow: whose results it is handed, in order"
)

WAITING: Final = Key("waiting", "queue:<queue>:waiting", "zset", "while not empty", "ready jobs by their turn")
DELAYED: Final = Key("delayed", "queue:<queue>:delayed", "zset", "while not empty", "jobs by due time, ms")
BLOCKED: Final = Key("blocked", "queue:<queue>:blocked", "zset", "while not empty", "jobs of flows by enqueue time, ms")
ACTIVE: Final = Key("active", "queue:<queue>:active", "zset", "while not empty", "jobs by start time, ms")
COMPLETED: Final = Key("completed", "queue:<queue>:completed", "zset", "while not empty", "jobs by finish time, ms")
FAILED: Final = Key("failed", "queue:<queue>:failed", "zset", "while not empty", "jobs by finish time, ms")
CANCELLED: Final = Key("cancelled", "queue:<queue>:cancelled", "zset", "while not empty", "jobs by finish time, ms")
SETTINGS: Final = Key("settings", "queue:<queue>:settings", "hash", "permanent", "paused, concurrency, rate, retention")
STARTS: Final = Key("starts", "queue:<queue>:starts", "list", "one rate window", "the last starts, ms, for the rate")
TURNS: Final = Key("turns", "queue:<queue>:turns", "hash", "while jobs wait", "the last turn of each fairness key")
WAKE: Final = Key(
    "wake", "queue:<queue>:wake", "list", "until a worker takes it", "at most one token that wakes a worker"
)

QUEUES: Final = Key("queues", "queues", "set", "permanent", "the names of all queues")
READY: Final = Key("ready", "ready", "set", "while not empty", "queues in which jobs wait")
DUE: Final = Key("due", "due", "zset", "while not empty", "queues by the earliest due time of their delayed jobs")
LEASES: Final = Key("leases", "leases", "zset", "while not empty", "active jobs by the end of their lease, ms")
EVENTS: Final = Key("events", "events", "stream", "behind what is recorded; capped", "what changed, in order")
RECORDED: Final = Key("recorded", "recorded", "string", "permanent", "the last event that the history holds")
EPOCH: Final = Key(
    "epoch", "epoch", "string", "permanent", "a random name of these data, by which their loss is noticed"
)
RECONCILED: Final = Key(
    "reconciled", "reconciled", "hash", "permanent", "which data were compared with the history as a whole, and when"
)
VOUCHED: Final = Key(
    "vouched", "vouched", "string", "permanent", "the run of the server whose data are those that were recorded"
)
RECONCILING: Final = Key("reconciling", "reconciling", "string", "expires after a minute", "who compares them now")
UNIQUE: Final = Key("unique", "unique:<key>", "string", "while its job is live", "the job that holds a unique key")
QUARANTINE: Final = Key(
    "quarantine", "quarantine", "list", "last 1,000", "entries that were not jobs, JSON with reason"
)
RETIRED: Final = Key(
    "retired", "retired", "list", "until settled", "finished steps whose dependants are still to settle"
)

RELAYED: Final = Key(
    "relayed",
    "relayed:<id>",
    "string",
    "expires a minute after its row in the outbox is deleted, else after 30 days",
    "marks a call that was relayed out of the outbox",
)
FIRED: Final = Key("fired", "fired:<id>", "string", "expires after a day", "how the firing of a schedule was answered")

WORKERS: Final = Key("workers", "workers", "zset", "while not empty", "worker processes by the end of their lease, ms")
WORKER: Final = Key(
    "worker",
    "worker:<worker>",
    "hash",
    "expires with its lease",
    "host, pid, threads, queues, types; what is wanted of it",
)
CONTROL: Final = Key("control", "worker:<worker>:control", "list", "expires after 60 s", "orders to one worker, JSON")
ANSWER: Final = Key("answer", "answer:<request>", "list", "expires after 60 s", "what a worker answers to who asks")
FETCHED: Final = Key(
    "fetched", "worker:<worker>:fetched", "hash", "expires after 10 min", "its last fetch, to answer a repeat"
)

LIMIT: Final = Key(
    "limit", "limit:<key>", "hash", "permanent; a mere hold until it ends", "what an operator or a 429 set for it"
)
LIMIT_STARTS: Final = Key("limit_starts", "limit:<key>:starts", "list", "one rate window", "the last starts, ms")
LIMIT_ACTIVE: Final = Key(
    "limit_active", "limit:<key>:active", "set", "while not empty", "the jobs that run under the key"
)
ADMISSIONS: Final = Key(
    "admissions", "admissions:<caller>", "list", "one rate window", "the last submissions of a caller, ms"
)
PARKED: Final = Key(
    "parked", "parked:<key>", "zset", "while not empty", "delayed jobs held by a key limit or unknown type"
)

FLOWS: Final = Key("flows", "flows", "zset", "while not empty", "flows by start time, ms")
FLOW: Final = Key("flow", "flow:<flow>", "hash", "7 days after its end", "name, state, counts, on_failure")
OPEN: Final = Key("open", "flow:<flow>:open", "set", "until empty", "the steps that have not finished")
MEMBERS: Final = Key("members", "flow:<flow>:members", "list", "with its flow", "its steps in the order given")

HELD_CLOCK: Final = Key("clock", "clock", "string", "tests only", "a held time, ms; production scripts never read it")

KEYS: Final = tuple(value for value in list(globals().values()) if isinstance(value, Key))

STATE_KEYS: Final = {
    "waiting": WAITING,
    "delayed": DELAYED,
    "blocked": BLOCKED,
    "active": ACTIVE,
    "completed": COMPLETED,
    "failed": FAILED,
    "cancelled": CANCELLED,
}

# Fields of the hash at `job:<id>`; those marked optional are absent while they have nothing to say.
RECORD_FIELDS: Final = {
    "type": "the type's slug",
    "queue": "its queue",
    "state": "one of the seven states",
    "version": "rises by one with each change, carried by its events",
    "enqueued_ms": "when it was accepted",
    "ready_ms": "when it last became ready to run, if later than enqueued (optional)",
    "attempts": "attempts allowed",
    "attempt": "attempts started and not given back (optional until fetched)",
    "fence": "times it was fetched; what a worker must quote to write (optional until fetched)",
    "args": "positional arguments, JSON (optional)",
    "kwargs": "named arguments, JSON (optional)",
    "priority": "1 to 100 (optional, 3)",
    "retry": "retry policy, JSON (optional, the default preset)",
    "timeout_ms": "time limit of an attempt (optional)",
    "isolated": "1 when attempts run in a child process (optional)",
    "memory_mb": "memory limit of that child (optional)",
    "limits": "key limits as JSON [[key, count, per_ms, concurrency], ...] (optional)",
    "fairness": "fairness key (optional)",
    "unique": "unique key (optional)",
    "ties": "1 when it has limits, a unique key or a flow to be told when it stops (optional)",
    "logged": "number of its last written log lines, so that a repeat is dropped (optional)",
    "parked": "the key that holds it while parked (optional)",
    "reason": "why it is delayed (optional)",
    "due_ms": "until when it is delayed (optional)",
    "delay_ms": "of a blocked job: how long to wait once it is freed (optional)",
    "started_ms": "start of the latest attempt (optional)",
    "worker": "who runs it (optional)",
    "crashes": "workers that died while running it (optional)",
    "cancel": "1 when its cancellation was asked for while active (optional)",
    "withdrawn": "the attempt, as its fence, whose cancellation was withdrawn (optional)",
    "progress": "JSON {done, total, step, percent} (optional)",
    "checkpoint": "what the body saved, JSON (optional)",
    "finished_ms": "when it reached a final state (optional)",
    "result": "what the body returned, JSON (optional)",
    "flow": "the flow it belongs to (optional)",
    "step": "its name in the flow (optional)",
    "tolerated": "the policy of its edges where its failure does not fail its flow (optional)",
    "broken": "of a gate: the failed step that came through it (optional)",
    "told": "how many dependants have heard of it, while more are left (optional)",
    "results_of": "the node whose parents list names the jobs whose results it is handed (optional)",
    "approval": "of a step that waits for approval: asked, given or refused (optional)",
    "asked_ms": "when all before such a step had finished (optional)",
    "decided": "who approved, rejected or left out the step, JSON {by, note, at_ms} (optional)",
    "left_out": "1 when the step was left out of its flow by hand (optional)",
    "cut": "1 when it was cancelled while it was blocked, and is blocked again with those before it (optional)",
    "blocked_by": "the failed step because of which it failed (optional)",
    "request": "id of the last request made by hand, so that a repeat is answered alike (optional)",
    "tags": "words given by the caller, JSON (optional)",
    "meta": "JSON object given by the caller (optional)",
    "options": "other options of the Dramatiq message, JSON (optional)",
}
