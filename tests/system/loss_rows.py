"""Faults that take what Redis holds: flushed, gone with its files, put back to an old copy; and flows lost midway."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, select

from callboard.broker import keys
from callboard.broker.embedded import start_embedded
from callboard.broker.errors import BrokerFault
from callboard.history.models import JobRow, table_of
from callboard.history.reconciler import Reconciler, last_round
from callboard.jobs.call import Call
from callboard.jobs.flow import Plan, chain, group, plan
from callboard.jobs.states import FINAL
from tests.postgres import running_postgres
from tests.system.history_rows import POINTS, caught_up, history, recorder, sqlite_url, stop
from tests.system.rig import Rig, within
from tests.system.row import Row, Tally
from tests.waiting import wait_until

FLOWS = 3
BACK = 60.0


@dataclass
class Scene:
    """Jobs in all states and some flows: the four threads of the one worker run bodies that wait for a gate."""

    rig: Rig
    word: str
    finished: list[str]
    live: list[str]
    flows: list[Plan]

    @property
    def gate(self) -> str:
        """What the running bodies wait for."""
        return f"gate-{self.word}"

    @property
    def ids(self) -> list[str]:
        """All jobs but those that run when a flow fails."""
        return [*self.finished, *self.live, *(call.id for flow in self.flows for call in flow.calls())]

    def runs(self, word: str = "noted") -> Counter[str]:
        """How often each body of this scene was started, by what it was called with."""
        return Counter(line[2] for line in self.rig.lines(word) if line[2].startswith(self.word))


def build(rig: Rig, word: str, size: int) -> Scene:
    """A third of the jobs finished, one waiting, one delayed; one job active, and the flows in their second step."""
    third = size // 3
    finished = rig.start(noted(rig, f"{word}-finished-{n}") for n in range(third))
    assert rig.settled(finished)
    scene = Scene(rig, word, finished, [], [a_flow(rig, word, n) for n in range(FLOWS)])
    for flow in scene.flows:
        rig.client.start_flow(flow)
    (running,) = rig.start([gated(rig, f"{word}-running", scene.gate)])
    rig.wait_active([running, *(step(flow, 1) for flow in scene.flows)])
    waiting = rig.start(noted(rig, f"{word}-waiting-{n}") for n in range(third))
    delayed = rig.start(rig.call("noted", f"{word}-delayed-{n}", delay=4.0 + n % 3) for n in range(third))
    scene.live += [running, *waiting, *delayed]
    return scene


def a_flow(rig: Rig, word: str, number: int) -> Plan:
    """A step that finishes, one that waits for the gate, two beside each other, and the callback."""
    name = f"{word}-flow-{number}"
    before, middle = noted(rig, f"{name}-before"), gated(rig, f"{name}-middle", f"gate-{word}")
    pair = group(noted(rig, f"{name}-left"), noted(rig, f"{name}-right"))
    handler = noted(rig, f"{name}-failed")
    return plan(chain(before, middle, pair, noted(rig, f"{name}-callback")), name=name, on_failure=handler)


def noted(rig: Rig, name: str) -> Call:
    return rig.call("noted", name).named(takes_results=False)


def gated(rig: Rig, name: str, gate: str) -> Call:
    return rig.call("gated", name, gate, queue="slow").named(takes_results=False)


def step(flow: Plan, number: int) -> str:
    return list(flow.calls())[number].id


def rows(engine: Engine, ids: Iterable[str]) -> dict[str, str]:
    """The states of jobs in SQL."""
    table = table_of(JobRow)
    with engine.connect().execution_options(reading=True) as connection:
        known = {row.id: row.state for row in connection.execute(select(table.c.id, table.c.state))}
    return {id: known.get(id, "unknown") for id in ids}


def all_over(engine: Engine, ids: Iterable[str]) -> bool:
    return all(state in FINAL for state in rows(engine, ids).values())


def check(tally: Tally, scene: Scene, engine: Engine, *, reruns: Iterable[str]) -> None:
    """Every live job has come to its end, no finished one ran again, each flow's callback ran once."""
    rig = scene.rig
    states = rows(engine, scene.ids)
    lost = [id for id in scene.ids if states[id] != "completed"]
    tally.lost += len(lost)
    tally.expect(not lost, f"{len(lost)} jobs did not complete, e.g. {[(id, states[id]) for id in lost[:2]]}")
    runs = scene.runs()
    twice = [name for name, times in runs.items() if times > 1]
    tally.duplicated += len(twice)
    tally.expect(not twice, f"{len(twice)} bodies ran again, e.g. {twice[:3]}")
    callbacks = [runs[f"{scene.word}-flow-{n}-callback"] for n in range(FLOWS)]
    tally.expect(callbacks == [1] * FLOWS, f"callbacks of flows ran {callbacks} times")
    tally.expect(not any(name.endswith("-failed") for name in runs), "a handler ran though nothing had failed")
    again = {name: times for name, times in scene.runs("gated").items() if times != (2 if name in reruns else 1)}
    tally.expect(not again, f"running bodies were started {again} times")
    broken = rig.broken_invariants()
    tally.expect(not broken, f"{len(broken)} broken invariants, e.g. {broken[:2]}")


# -- the losses


def flush(rig: Rig) -> None:
    """FLUSHALL."""
    rig.links.call("FLUSHALL")


def come_back(rig: Rig, files: Path | None) -> None:
    """The server dies, and comes back without any data or over a copy of them."""
    port, folder = rig.server.port, rig.folder / "valkey" / "appendonlydir"
    os.kill(rig.server.pid, signal.SIGKILL)
    wait_until(lambda: not rig.server.is_alive(), seconds=20, what="the server is down")
    rig.server.stop()
    shutil.rmtree(folder)
    if files:
        shutil.copytree(files, folder)
    rig.server = start_embedded(rig.folder / "valkey", port=port)


def compared(rig: Rig, since: float) -> bool:
    """Whether everything was compared since a time."""
    try:
        last = last_round(rig.links)
    except BrokerFault:
        return False
    return last is not None and last[1].full and last[0] / 1000 > since


def lose_and_recover(tally: Tally, rig: Rig, engine: Engine, word: str, size: int, lose: Callable[[Rig], None]) -> None:
    """Build a scene, lose it, and see it come back and to its end."""
    scene = build(rig, word, size)
    tally.trials += len(scene.ids)
    wait_until(partial(caught_up, rig, engine), seconds=60, what="all is recorded")
    running = {f"{word}-running", *(f"{word}-flow-{n}-middle" for n in range(FLOWS))}
    began, wall = time.monotonic(), time.time()
    lose(rig)
    tally.expect(within(BACK, lambda: compared(rig, wall)), "nothing was compared after the loss")
    tally.worst = max(tally.worst, time.monotonic() - began)
    rig.open_gate(scene.gate)
    tally.expect(within(120, lambda: all_over(engine, scene.ids)), "not all jobs came to their end")
    check(tally, scene, engine, reruns=running)


def flushed(rig: Rig, size: int) -> Tally:
    """FLUSHALL with jobs in all states and three flows, once with SQLite and once with PostgreSQL."""
    tally = Tally()
    rig.hire()
    rig.ready(1)
    with running_postgres() as postgres:
        for name, url in (("sqlite", sqlite_url(rig)), ("postgresql", postgres.url)):
            with history(url) as engine:
                process = recorder(rig, url)
                lose_and_recover(tally, rig, engine, name, size, flush)
                stop(process)
    return tally


# S4.38
def gone(rig: Rig, size: int) -> Tally:
    """The server is killed, and its files are gone."""
    tally = Tally()
    rig.hire()
    rig.ready(1)
    with history(sqlite_url(rig)) as engine:
        process = recorder(rig, sqlite_url(rig))
        lose_and_recover(tally, rig, engine, "gone", size, lambda rig: come_back(rig, None))
        stop(process)
    return tally


# S3.28
def old_copy(rig: Rig, size: int) -> Tally:
    """The server comes back over an old copy of its files: what has finished since does not run again."""
    tally = Tally()
    rig.hire()
    rig.ready(1)
    copy = rig.folder / "copy"
    with history(sqlite_url(rig)) as engine:
        process = recorder(rig, sqlite_url(rig))
        old = build(rig, "old", size)
        shutil.copytree(rig.folder / "valkey" / "appendonlydir", copy)
        rig.open_gate(old.gate)
        wait_until(partial(all_over, engine, old.ids), seconds=120, what="all that is in the copy has finished")
        lose_and_recover(tally, rig, engine, "new", size, lambda rig: come_back(rig, copy))
        check(tally, old, engine, reruns=())
        stop(process)
    return tally


# -- one dies between the two


def dies_between(rig: Rig, size: int) -> Tally:
    """Worker and recorder are killed around the moment at which a job has ended in one of the two stores only."""
    tally = Tally(trials=size)
    url = sqlite_url(rig)
    with history(url) as engine:
        ids: list[str] = []
        for trial in range(size):
            ids += _killed_once(rig, url, trial)
        rig.hire()
        process = recorder(rig, url)
        rig.settled(ids, 60)
        wait_until(partial(caught_up, rig, engine), seconds=30, what="all is recorded")
        began = time.monotonic()
        report = Reconciler(engine, rig.links, period=0).round(full=True)
        tally.worst = time.monotonic() - began
        tally.notes.append(f"the reconciler found {report}")
        tally.check(rig, ids)
        states = rows(engine, ids)
        wrong = [job.id for job in rig.jobs(ids) if job.state != states[job.id]]
        tally.expect(not wrong, f"{len(wrong)} jobs are not the same in both")
        tally.expect(report.differences == 0, f"the two did not agree by themselves: {report}")
        _no_start_after_the_end(tally, rig)
        stop(process)
    return tally


def _killed_once(rig: Rig, url: str, trial: int) -> list[str]:
    """The worker dies amid its jobs, the recorder at a point of the batch that tells of those that have ended."""
    crew = rig.hire()
    ids = rig.start(rig.call("noted", trial * 10 + n) for n in range(10))
    wait_until(lambda: rig.count_events("job:completed", ids).total(), seconds=20, what="a job has ended")
    crew.kill()
    process = recorder(rig, url, FAILPOINT=f"{POINTS[trial % len(POINTS)]}:kill")
    wait_until(lambda: process.poll() is not None, seconds=20, what="the recorder was killed")
    return ids


def _no_start_after_the_end(tally: Tally, rig: Rig) -> None:
    ended: set[str] = set()
    for event in rig.events("job:active", "job:completed"):
        if event["event"] == "job:active" and event["id"] in ended:
            tally.duplicated += 1
        elif event["event"] == "job:completed":
            ended.add(event["id"])
    tally.expect(tally.duplicated == 0, f"{tally.duplicated} jobs were started after their end")


# -- flows


def flows_lost(rig: Rig, size: int) -> Tally:
    """The state of a flow is lost midway, its own keys or all there are: it is built again and calls back once."""
    tally = Tally(trials=size)
    rig.hire()
    rig.ready(1)
    with history(sqlite_url(rig)) as engine:
        process = recorder(rig, sqlite_url(rig))
        for trial in range(size):
            _lose_a_flow(tally, rig, engine, trial)
        stop(process)
    return tally


def _lose_a_flow(tally: Tally, rig: Rig, engine: Engine, trial: int) -> None:
    word = f"trial{trial}"
    flow = a_flow(rig, word, 0)
    rig.client.start_flow(flow)
    rig.wait_active([step(flow, 1)])
    wait_until(partial(caught_up, rig, engine), seconds=30, what="all is recorded")
    began, wall = time.monotonic(), time.time()
    if trial % 2:
        flush(rig)
        tally.expect(within(BACK, lambda: compared(rig, wall)), "nothing was compared after the loss")
    else:
        rig.links.call("DEL", *_keys_of(rig, flow))
        reconciler = Reconciler(engine, rig.links, period=0)
        wait_until(lambda: _built_again(rig, reconciler, flow), seconds=20, what="the flow is built again")
    tally.worst = max(tally.worst, time.monotonic() - began)
    rig.open_gate(f"gate-{word}")
    ids = [call.id for call in flow.calls()]
    tally.expect(within(60, lambda: all_over(engine, ids)), f"the flow of trial {trial} did not come to its end")
    runs = Counter(line[2] for line in rig.lines("noted") if line[2].startswith(f"{word}-"))
    tally.duplicated += sum(times > 1 for times in runs.values())
    expected = Counter(f"{word}-flow-0-{name}" for name in ("before", "left", "right", "callback"))
    tally.expect(runs == expected, f"trial {trial} ran {dict(runs)}")


def _built_again(rig: Rig, reconciler: Reconciler, flow: Plan) -> bool:
    reconciler.round()
    return rig.store.flow(flow.id) is not None


def _keys_of(rig: Rig, flow: Plan) -> list[str]:
    prefix, blocked = rig.links.prefix, [node.id for node in flow.nodes[2:]]
    names = [key(prefix, flow.id) for key in (keys.FLOW, keys.OPEN, keys.MEMBERS)]
    return [*names, *(key(prefix, id) for id in blocked for key in (keys.NEEDS, keys.NEXT, keys.JOB))]


ROWS = (
    Row("B2", "FLUSHALL amid jobs in all states", flushed, 60, 1000),
    Row("B2b", "server killed, its files gone", gone, 60, 1000),
    Row("B2c", "server back over an old copy of its files", old_copy, 60, 1000),
    Row("D4", "killed between the two stores", dies_between, 3, 100),
    Row("F4", "a flow's state lost midway", flows_lost, 2, 20),
)
