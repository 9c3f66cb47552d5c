"""What stands in the demo when it begins: a paused queue, a job without progress, flows, schedules, decisions."""

from __future__ import annotations

import random
from datetime import timedelta
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final

from callboard.history.audit import note_act
from callboard.history.database import Session, reading, writing
from callboard.history.failure_decisions import annotate, assign
from callboard.history.failures import GroupQuery, list_groups
from callboard.history.notes import add_note
from callboard.history.schedules import put_schedule
from callboard.history.schedules_hold import pause_schedule
from callboard.history.views import create_view, list_views
from callboard.jobs.clock import duration_ms
from callboard.jobs.policy import RateLimit
from callboard.jobs.schedule import Schedule
from cli.demo_world.draws import call, draw, sequencing_run
from pipelines.registry import PIPELINES, plan_on

if TYPE_CHECKING:
    from callboard.broker.broker import CallboardBroker
    from callboard.history.database import Engine

MARIA: Final = "maria@lab.example"
MINUTE: Final = 60.0
VIEWS: Final = {
    "Failed today": "state:failed age:<1d",
    "Urgent": "tag:urgent",
    "Mixed-up tubes": 'type:call_variants state:failed "mixed up"',
}
# With the time before now at which each was put there: the one that was due since then is missed.
SCHEDULES: Final = (
    (Schedule("instrument_rounds", "read_instrument", "*/2 * * * *", kwargs={"instrument": "gas-analyser"}), 0),
    (Schedule("nightly_fit", "fit_model", "0 2 * * *", zone="Europe/Berlin", kwargs={"points": 500}), 0),
    (Schedule("slide_rounds", "segment_slide", "5 * * * *", kwargs={"slide": "S-1000"}, on_missed="skip"), 3),
    (Schedule("box_labels", "print_labels", "0 8 * * MON-FRI", kwargs={"box": "B-7"}, zone="Europe/Berlin"), 0),
)


def set_scene(broker: CallboardBroker, engine: Engine, now_ms: int, dice: random.Random) -> None:
    """Put everything where it stands; meant for a fresh history."""
    printer(broker)
    silent = waiting(broker, dice)
    flows(broker, dice)
    with writing(engine) as session:
        schedules(session, now_ms)
        decisions(session, now_ms)
        add_note(session, silent, MARIA, "the heater is old; an hour is not unusual", now_ms)
        views(session, now_ms)
    judge_groups(engine)


def printer(broker: CallboardBroker) -> None:
    """A queue that somebody has paused, with what waits in it; and one with a rate."""
    broker.control.pause("label-printer")
    broker.control.limit("lab-sheets", rate=RateLimit(30, MINUTE))
    for number in range(4):
        about: dict[str, Any] = {"meta": {"user": MARIA}, "tags": ["labels"]}
        broker.client.enqueue(call(broker, "print_labels", {"box": f"B-{40 + number}"}, **about))


def waiting(broker: CallboardBroker, dice: random.Random) -> str:
    """A job that soon tells nothing any more, whose id is the answer, and some for later."""
    about: dict[str, Any] = {"meta": {"user": "tomas@lab.example"}, "tags": ["biofilm"]}
    silent = broker.client.enqueue(call(broker, "warm_up", {"instrument": "mass-spectrometer"}, **about))
    for type, minutes in (("summarise_notes", 12), ("read_instrument", 45), ("segment_slide", 180), ("fit_model", 600)):
        broker.client.enqueue(draw(broker, type, dice, delay=minutes * MINUTE))
    return silent


def flows(broker: CallboardBroker, dice: random.Random) -> None:
    """A flow that will fail, one whose report somebody must approve, one for later, and a real paper on its way."""
    broker.client.start_flow(sequencing_run(broker, dice, mixed_up=True))
    broker.client.start_flow(sequencing_run(broker, dice, approval=True))
    broker.client.start_flow(sequencing_run(broker, dice, delay=50 * MINUTE))
    papers = sorted(files("research").joinpath("samples").iterdir(), key=lambda entry: entry.name)
    with as_file(next(paper for paper in papers if paper.name.endswith(".pdf"))) as path:
        # Never one that costs money, whatever keys are set.
        broker.client.start_flow(plan_on(PIPELINES["paper_intake"], path, {"provider": "local"}))


def schedules(session: Session, now_ms: int) -> None:
    """Schedules of the lab: one of them has missed its times, one is paused."""
    for schedule, hours in SCHEDULES:
        put_schedule(session, schedule, now_ms - duration_ms(timedelta(hours=hours)))
    pause_schedule(session, "box_labels", now_ms, by=MARIA, note="the printer is out of paper")


def decisions(session: Session, now_ms: int) -> None:
    """What people did by hand."""
    note_act(session, now_ms - 2_400_000, MARIA, "queue.pause", "label-printer", detail={"note": "out of paper"})
    note_act(session, now_ms - 2_100_000, MARIA, "schedule.pause", "box_labels")
    note_act(session, now_ms - 600_000, "jonas@lab.example", "queue.limit", "lab-sheets", detail={"rate": "30/60s"})


def views(session: Session, now_ms: int) -> None:
    """Searches with a name."""
    known = {view.name for view in list_views(session)}
    for name, query in VIEWS.items():
        if name not in known:
            create_view(session, name, query, now_ms, by=MARIA)


def judge_groups(engine: Engine) -> None:
    """Somebody looks after the largest group of failures, and knows more about another."""
    groups = list_groups(engine, GroupQuery(order="count", limit=20))
    permanent = next((group for group in groups if group.error_class == "permanent"), None)
    with writing(engine) as session:
        if groups:
            assign(session, groups[0].fingerprint, "jonas@lab.example")
        if permanent:
            annotate(session, permanent.fingerprint, "sheets of the old logger have no such column")


def stands(engine: Engine) -> bool:
    """Whether the scene is set already: its schedules are there."""
    from callboard.history.schedules import find_schedule

    with reading(engine) as session:
        return find_schedule(session, SCHEDULES[0][0].name) is not None
