"""Queues as S2 and S5 look at them and act on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g, request

from callboard.jobs.record import Job
from callboard.jobs.states import FINAL
from web.audit import note
from web.compat import views
from web.compat.door import blueprint, body, successor, wrong
from web.compat.naming import known_queue
from web.compat.words import states_of
from web.problems import Problem
from web.rules import ADMIN, may
from web.services import here

ACTIONS = ("pause", "resume", "drain")
MOST = 200
LONGEST_GRACE_MS = 10 * 366 * 24 * 3_600_000
MOST_CLEANED = 1_000_000


@blueprint.get("/jobs/queues/stats")
def stats() -> dict[str, Any]:
    """S5: the counts of each queue."""
    successor("/api/v1/queues")
    return {"success": True, "data": views.queues()}


@blueprint.post("/jobs/queues/<queue>/pause")
def pause(queue: str) -> dict[str, Any]:
    """S5: stop taking jobs from a queue."""
    name = known_queue(queue)
    act("pause", name)
    return {"success": True, "data": {"queue": name, "paused": True}}


@blueprint.post("/jobs/queues/<queue>/resume")
def resume(queue: str) -> dict[str, Any]:
    """S5: take jobs again."""
    name = known_queue(queue)
    act("resume", name)
    return {"success": True, "data": {"queue": name, "paused": False}}


@blueprint.post("/jobs/queues/<queue>/clean")
def clean(queue: str) -> dict[str, Any]:
    """S5: forget finished jobs that ended more than `grace` ms ago, `limit` at the most."""
    name, values = known_queue(queue), body()
    successor(f"/api/v1/queues/{name}/clean")
    word = values.get("status", "completed")
    if not isinstance(word, str):
        raise wrong("status", "text was expected")
    (state, *_) = states_of(word)
    if state not in FINAL:
        raise wrong("status", f"only {', '.join(FINAL)} jobs are cleaned; those that wait are cancelled by a drain")
    grace = whole(values, "grace", 0, LONGEST_GRACE_MS)
    limit = whole(values, "limit", 1_000, MOST_CLEANED)
    count = here().control.clean(name, state, timedelta(milliseconds=grace), limit=limit)
    note("queue.clean", name, count=count, detail={"state": state, "grace_ms": grace, "limit": limit})
    return {"success": True, "data": {"cleaned": count}}


def jobs_of(queue: str) -> dict[str, Any]:
    """S2: the jobs of a queue in a state, `nextCursor` for those after them."""
    successor(f"/api/v1/jobs?queue={queue}")
    if request.args.get("view", "jobs") != "jobs":
        raise wrong("view", "jobs was expected")
    word = request.args.get("status", "waiting")
    states, offset = states_of(word), number("cursor", 0, 10**9)
    limit = min(number("limit", 10, 10**9), MOST)
    counts = here().store.counts(queue)
    found = page(queue, states, offset, limit)
    total = sum(counts[state] for state in states)
    following = offset + limit if offset + limit < total else None
    shown = {"queue": queue, "status": word, "jobs": views.shown(found), "total": total}
    return shown | {"nextCursor": None if following is None else str(following)}


def page(queue: str, states: list[str], offset: int, limit: int) -> list[Job]:
    """Jobs of some states, one state after the other."""
    store, found = here().store, list[Job]()
    for state in states:
        size = store.counts(queue)[state]
        if offset < size and len(found) < limit:
            found += store.page(queue, state, offset, limit - len(found))
        offset = max(0, offset - size)
    return found


def control(queue: str) -> dict[str, Any]:
    """S2: pause, resume or drain a queue; `affected` are the jobs that a drain cancels."""
    action = body().get("action")
    if action not in ACTIONS:
        raise wrong("action", f"one of {', '.join(ACTIONS)} was expected")
    return {"success": True, "queue": queue, "action": action, "affected": act(action, queue)}


def act(action: str, queue: str) -> int:
    """Do it, write it down, and tell how many jobs it touched. Raises Problem."""
    successor(f"/api/v1/queues/{queue}/{'drain' if action == 'drain' else 'pause'}")
    verbs, count = here().control, 0
    if action == "pause":
        verbs.pause(queue)
    elif action == "resume":
        verbs.resume(queue)
    else:
        if not may(g.caller.role, ADMIN):
            raise Problem(403, "not_allowed", f"a drain needs the role {ADMIN}, {g.caller.name} has {g.caller.role}")
        count = verbs.drain(queue)
    note(f"queue.{action}", queue, count=count)
    return count


def whole(values: dict[str, Any], name: str, default: int, most: int) -> int:
    """A field that is a whole number from 0. Raises Problem."""
    value = values.get(name, default)
    if type(value) is not int or not 0 <= value <= most:
        raise wrong(name, f"a whole number from 0 to {most:,} was expected")
    return int(value)


def number(name: str, default: int, most: int) -> int:
    """A whole number of the query. Raises Problem."""
    text = request.args.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or len(text) > 10 or int(text) > most:
        raise wrong(name, f"a whole number from 0 to {most:,} was expected")
    return int(text)
