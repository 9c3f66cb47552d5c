"""A day of the past for the demo: some thousands of jobs that were never run, in the history alone."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from callboard.history.database import writing
from callboard.history.failure_groups import note_failures
from callboard.history.recording import write_attempts, write_errors, write_failures, write_flows, write_jobs
from callboard.history.rows import Row
from callboard.history.search.term_index import index_terms
from callboard.jobs.encoding import encode
from callboard.jobs.identity import id_for
from cli.demo_world.draws import draw, drawn_type, sequencing_run
from cli.demo_world.lived import SECONDS, Lived, live, skipped

if TYPE_CHECKING:
    from callboard.broker.broker import CallboardBroker
    from callboard.history.database import Engine
    from callboard.jobs.flow import Plan

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
JOBS: Final = 3_600
FLOWS: Final = 40
BATCH: Final = 900


def write_past(engine: Engine, broker: CallboardBroker, now_ms: int, seed: int = 7) -> int:
    """Write the day before now into the history, oldest first; how many jobs that are."""
    dice = random.Random(seed)
    whole, flows = a_day(broker, now_ms, dice)
    for start in range(0, len(whole), BATCH):
        write(engine, whole[start : start + BATCH])
    with writing(engine) as session:
        write_flows(session.connection(), flows)
    return len(whole)


def write(engine: Engine, jobs: list[Lived]) -> None:
    """One transaction, as the recorder has it."""
    with writing(engine) as session:
        connection = session.connection()
        rows = [job.row for job in jobs]
        write_jobs(connection, rows)
        index_terms(connection, rows)
        write_errors(connection, [job.error for job in jobs if job.error])
        write_attempts(connection, [attempt for job in jobs for attempt in job.attempts])
        note_failures(connection, write_failures(connection, [one for job in jobs for one in job.failures]))


def a_day(broker: CallboardBroker, now_ms: int, dice: random.Random) -> tuple[list[Lived], list[Row]]:
    """The jobs of a day in the order in which they were enqueued, and its flows."""
    jobs = [one_job(broker, at_ms, dice) for at_ms in moments(now_ms, JOBS, dice)]
    flows = []
    for at_ms in moments(now_ms - 120_000, FLOWS, dice):
        flow, steps = one_flow(broker, at_ms, dice)
        flows.append(flow)
        jobs += steps
    jobs = [job for job in jobs if job.finished_ms < now_ms]
    return sorted(jobs, key=lambda job: job.row["enqueued_ms"]), flows


def moments(now_ms: int, count: int, dice: random.Random) -> Iterator[int]:
    """Times within the last day: more by day than by night."""
    left = count
    while left:
        ago = dice.random() * DAY_MS
        busy = 0.55 + 0.45 * math.sin((now_ms - ago) % DAY_MS / DAY_MS * 2 * math.pi - math.pi / 2)
        if dice.random() < busy:
            left -= 1
            yield round(now_ms - ago)


def one_job(broker: CallboardBroker, at_ms: int, dice: random.Random) -> Lived:
    """A job of some type."""
    type = drawn_type(dice)
    while type not in SECONDS:
        type = drawn_type(dice)
    call = draw(broker, type, dice)
    return live(call.named(id=id_for(at_ms, "demo", call.id)), at_ms, dice)


def one_flow(broker: CallboardBroker, at_ms: int, dice: random.Random) -> tuple[Row, list[Lived]]:
    """A flow with its steps, one in six of which has failed."""
    plan = sequencing_run(broker, dice, mixed_up=dice.random() < 1 / 6)
    ended: dict[str, Lived] = {}
    for node in plan.nodes:
        assert node.call is not None
        before = [ended[edge.node] for edge in node.edges]
        began = max((job.finished_ms for job in before), default=at_ms)
        about, broken = {"flow": plan.id, "step": node.step}, [job for job in before if job.row["state"] != "completed"]
        ended[node.id] = skipped(node.call, began, broken[0], about) if broken else live(node.call, began, dice, about)
    return flow_row(plan, ended, at_ms), list(ended.values())


def flow_row(plan: Plan, ended: dict[str, Lived], at_ms: int) -> Row:
    """The row of a flow that has ended."""
    broken = next((id for id, job in ended.items() if job.row["state"] != "completed"), None)
    graph: list[dict[str, Any]] = [
        {
            "id": node.id,
            "needs": [[edge.node, edge.policy] for edge in node.edges],
            "parents": [edge.node for edge in node.edges if edge.carries],
            "gate": node.call is None,
        }
        for node in plan.nodes
    ]
    return {
        "id": plan.id,
        "name": plan.name,
        "state": "failed" if broken else "completed",
        "jobs": plan.jobs,
        "started_ms": at_ms,
        "finished_ms": max(job.finished_ms for job in ended.values()),
        "broken": broken,
        "on_failure": None,
        "meta": encode(plan.meta, "meta of a flow"),
        "graph": encode(graph, "graph of a flow"),
    }
