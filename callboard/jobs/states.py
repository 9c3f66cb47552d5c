"""The life of a job in one table: the states, the verbs that move between them, the events they emit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WAITING: Final = "waiting"
DELAYED: Final = "delayed"
BLOCKED: Final = "blocked"
ACTIVE: Final = "active"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"

STATES: Final = (WAITING, DELAYED, BLOCKED, ACTIVE, COMPLETED, FAILED, CANCELLED)
LIVE: Final = (WAITING, DELAYED, BLOCKED, ACTIVE)
FINAL: Final = (COMPLETED, FAILED, CANCELLED)

MEANINGS: Final = {
    WAITING: "ready to run; a worker that serves its queue takes it in its turn",
    DELAYED: "not to run before a time: asked for, between attempts, or held by a limit",
    BLOCKED: "a step of a flow that waits for the steps it depends on",
    ACTIVE: "a worker runs it and renews its lease",
    COMPLETED: "the body returned; the result is kept",
    FAILED: "no attempt is left, none could help, or a step that it needs has failed",
    CANCELLED: "ended by a user, or an on_failure job that was not needed",
}

REASONS: Final = {
    "scheduled": "delayed until the time its caller asked for",
    "retry": "delayed until its next attempt",
    "limited": "held back by a rate or concurrency limit",
    "snoozed": "its body asked to come back later",
    "paused": "its queue is paused",
    "no_worker": "no running worker knows its type or serves its queue",
    "blocked_by": "waits for the steps of its flow that it depends on",
    "approval": "a step of a flow that has all it needs and waits for somebody to approve it",
    "in_doubt": "only the history knows it, and may have missed its end; a person decides whether it runs again",
}

SYNONYMS: Final = {
    "queued": WAITING,
    "pending": WAITING,
    "processing": ACTIVE,
    "running": ACTIVE,
    "canceled": CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One verb of the lifecycle: the states it leaves, the states it may reach, the event it emits."""

    verb: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    event: str
    meaning: str


TRANSITIONS: Final = (
    Transition("enqueue", (), (WAITING, DELAYED, BLOCKED), "job:added", "a call is accepted"),
    Transition("fetch", (WAITING,), (ACTIVE,), "job:active", "a worker takes it; the attempt rises by one"),
    Transition("park", (WAITING,), (DELAYED,), "job:parked", "a key limit holds it until the exact time it may run"),
    Transition("complete", (ACTIVE,), (COMPLETED,), "job:completed", "the body returned"),
    Transition("retry", (ACTIVE,), (WAITING, DELAYED), "job:retrying", "the attempt failed and another is allowed"),
    Transition("release", (ACTIVE,), (WAITING, DELAYED), "job:released", "handed back, the attempt given back"),
    Transition("fail", (ACTIVE, BLOCKED), (FAILED,), "job:failed", "no attempt is left, or a step it needs has failed"),
    Transition("cancel", (WAITING, DELAYED, BLOCKED, ACTIVE), (CANCELLED,), "job:cancelled", "asked for by a user"),
    Transition(
        "rescue", (ACTIVE,), (WAITING, FAILED), "job:rescued", "its worker died; it goes to the head of its line"
    ),
    Transition("promote", (DELAYED,), (WAITING,), "job:promoted", "its time has come, or a user would not wait"),
    Transition("delay", (WAITING, DELAYED), (DELAYED,), "job:edited", "a user lets it run at another, later time"),
    Transition("free", (BLOCKED,), (WAITING, DELAYED), "job:promoted", "the last step it depended on has finished"),
    Transition("rerun", FINAL, (WAITING, BLOCKED), "job:rerun", "run again, by hand"),
    Transition("remove", FINAL, (), "job:removed", "forgotten by Redis, never by the history"),
    Transition("restore", (), (WAITING, DELAYED, BLOCKED), "job:added", "lost by Redis, and written again by its row"),
    Transition("conclude", LIVE, FINAL, "job:added", "Redis was put back to a time before its end, which is recorded"),
)

# What a user may change about a job without moving it to another state: its call, its priority, its queue, its tags.
IDLE: Final = (WAITING, DELAYED, BLOCKED)
CHANGES: Final = {"edit": IDLE, "priority": IDLE, "move": IDLE, "tag": STATES}

# Events of a job that leave its state as it is, and those of queues and flows.
OTHER_EVENTS: Final = (
    "job:progress",
    "job:log",
    "job:cancelling",
    "job:approval",
    "job:quarantined",
    "queue:status",
    "queue:stats",
    "flow:started",
    "flow:completed",
    "flow:failed",
    "schedule:fired",
    "schedule:missed",
    "schedule:paused",
    "alert:fired",
    "alert:resolved",
    "bulk:progress",
    "bulk:finished",
    "worker:online",
    "worker:quiet",
    "worker:offline",
    "error:new",
    "error:returned",
)
EVENTS: Final = tuple(dict.fromkeys([t.event for t in TRANSITIONS])) + OTHER_EVENTS


def canonical_state(word: str) -> str:
    """The state a user means by a word: case, and the words of other systems, do not matter.

    Raises ValueError when no state is called so.
    """
    plain = word.strip().lower()
    state = SYNONYMS.get(plain, plain)
    if state not in STATES:
        raise ValueError(f'state "{word}" is unknown; states are {", ".join(STATES)}')
    return state


def possible_verbs(state: str, cancelling: bool = False) -> tuple[str, ...]:
    """The verbs a user may apply to a job in this state, those that move it first; one asked to stop may go on."""
    by_hand = ("cancel", "promote", "delay", "rerun", "remove")
    moves = [t.verb for t in TRANSITIONS if t.verb in by_hand and state in t.source]
    withdraw = ["withdraw"] if state == ACTIVE and cancelling else []
    return (*moves, *withdraw, *(verb for verb, states in CHANGES.items() if state in states))


def states_for(verb: str) -> tuple[str, ...]:
    """The states in which a verb can be done."""
    if verb == "withdraw":
        return (ACTIVE,)
    return CHANGES.get(verb) or next(transition.source for transition in TRANSITIONS if transition.verb == verb)
