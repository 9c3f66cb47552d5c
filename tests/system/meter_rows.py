"""The metrics after workers and recorders were killed: every counter is what the events and the rows say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Engine, func, select

from callboard.history.meters import SUM, readings
from callboard.history.models import AttemptRow, FailureRow, JobRow, Table, table_of
from callboard.history.tally import RAN
from callboard.jobs.settings import Settings
from callboard.jobs.states import FINAL
from tests.system.history_rows import POINTS, caught_up, history, recorder, sqlite_url, stop
from tests.system.history_rows import _is_over as is_over
from tests.system.rig import Rig, within
from tests.system.row import Row, Tally
from tests.waiting import wait_until

KINDS = ("quick", "flaky", "hopeless", "sleepy")


def killed_while_counted(rig: Rig, size: int) -> Tally:
    """Workers die by SIGKILL amid their jobs and recorders amid their batches; then all counters are compared."""
    tally, url, ids = Tally(trials=size), sqlite_url(rig), list[str]()
    with history(url) as engine:
        for trial in range(size):
            crew = rig.hire()
            rig.ready(1)
            held = rig.start(rig.call("gated", trial * 10 + n, f"gate-{trial}", queue="slow") for n in range(3))
            rig.wait_active(held)
            ids += held + rig.start(rig.call(KINDS[n % len(KINDS)], n) for n in range(12))
            process = recorder(rig, url, FAILPOINT=f"{POINTS[trial % len(POINTS)]}:kill")
            tally.expect(within(20, partial(is_over, process)), "the recorder was not killed")
            crew.kill()
            rig.open_gate(f"gate-{trial}")
        rig.hire()
        process = recorder(rig, url)
        tally.check(rig, ids)
        wait_until(partial(caught_up, rig, engine), seconds=30, what="all is recorded")
        stop(process)
        compare(tally, rig, engine)
        compare_scrapes(tally, rig, url, len(ids))
    return tally


def compare(tally: Tally, rig: Rig, engine: Engine) -> None:
    """What is counted, against the events and the rows."""
    found = readings(engine)
    counted = {name: sum(n for labels, n in of.items() if labels[-1] != SUM) for name, of in found.items()}
    events = {name: len(rig.events(f"job:{name}")) for name in ("added", "active", "rescued", *FINAL)}
    outcomes, classes = grouped(engine, AttemptRow, "outcome"), grouped(engine, FailureRow, "error_class")
    states = grouped(engine, JobRow, "state")
    pairs: dict[str, tuple[Any, Any]] = {
        "enqueued": (counted["enqueued"], events["added"]),
        "started": (counted["started"], events["active"]),
        "rescued": (counted["rescued"], events["rescued"]),
        "finished": (last(found["finished"]), {state: events[state] for state in FINAL if events[state]}),
        "finished rows": (last(found["finished"]), {state: states[state] for state in FINAL if states[state]}),
        "attempts": (last(found["attempts_finished"]), dict(outcomes)),
        "errors": (last(found["attempt_errors"]), dict(classes)),
        "runs": (counted["run_duration_seconds"], sum(outcomes[outcome] for outcome in RAN)),
        "waits": (counted["wait_duration_seconds"], events["active"]),
        "totals": (counted["total_duration_seconds"], sum(events[state] for state in FINAL)),
        "payloads": (counted["payload_bytes"], events["added"]),
    }
    for name, (ours, truth) in pairs.items():
        tally.expect(ours == truth, f"{name}: {ours} counted, {truth} happened")
    tally.expect(events["rescued"] > 0, "no job was rescued, so nothing was tried")


def compare_scrapes(tally: Tally, rig: Rig, url: str, jobs: int) -> None:
    """What one web process tells, and the next one after it."""
    from web.app import create_app
    from web.services import NAME

    settings = replace(Settings(), redis_url=rig.server.url, home=rig.folder, database_url=url, open_loopback=True)
    for _ in range(2):
        app = create_app(settings)
        text = app.test_client().get("/metrics").text
        told = [line for line in text.splitlines() if line.startswith("callboard_enqueued_total")]
        tally.expect(sum(float(line.split()[-1]) for line in told) == jobs, f"{jobs} jobs, told are {told}")
        app.extensions[NAME].links.close()
        app.extensions[NAME].engine.dispose()


def last(of_meter: dict[tuple[str, ...], float]) -> dict[str, float]:
    """The values of a meter by its last label."""
    found = Counter[str]()
    for labels, value in of_meter.items():
        found[labels[-1]] += int(value)
    return dict(found)


def grouped(engine: Engine, model: type[Table], column: str) -> Counter[str]:
    """How many rows have each value."""
    chosen = table_of(model).c[column]
    with engine.connect().execution_options(reading=True) as connection:
        rows = connection.execute(select(chosen, func.count()).where(chosen.is_not(None)).group_by(chosen)).all()
    return Counter(dict(rows))


ROWS = (Row("U21", "workers and recorders are killed while the metrics count", killed_while_counted, quick=2, full=30),)
