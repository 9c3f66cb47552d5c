"""Schedules: what is due when, changed, paused, run by hand, made up for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import g, url_for
from flask.views import MethodView

from callboard.broker.announce import announce
from callboard.broker.scheduled import scheduled_call
from callboard.history.database import Session, reading
from callboard.history.firings import get_firing, list_firings, recent_outcomes
from callboard.history.schedule_values import firing_values, run_values, runs_of, runs_to_come, schedule_values
from callboard.history.schedules import (
    ScheduleStatus,
    get_schedule,
    list_schedules,
    put_schedule,
    remove_schedule,
)
from callboard.history.schedules_ask import backfill, run_now
from callboard.history.schedules_hold import pause_schedule, resume_schedule, skip_next
from callboard.history.schedules_push import push_one
from callboard.jobs.clock import from_ms
from callboard.jobs.cron import find_zone, parse_cron
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.identity import new_id
from callboard.jobs.schedule import Schedule, checked
from web.api import schedule_schemas as schemas
from web.api.calls import known_type, of_arguments
from web.audit import noted
from web.problems import blamed_on
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("schedules", __name__, url_prefix="/api/v1/schedules", description="Schedules")
SAME = ("type", "cron", "run_at", "zone", "queue", "options", "on_missed", "cap", "overlap")


@blueprint.route("")
class Schedules(MethodView):
    """All schedules."""

    @blueprint.response(200, schemas.ScheduleList)
    def get(self) -> Any:
        """All schedules with their next time, by name."""
        with reading(here().engine) as session:
            recent = recent_outcomes(session)
            found = list_schedules(session)
        return {"schedules": [values(status) | {"recent": recent.get(status.schedule.name, [])} for status in found]}


@blueprint.route("/preview")
class PreviewView(MethodView):
    """A cron expression before it is used."""

    @blueprint.arguments(schemas.PreviewQuery, location="query")
    @blueprint.response(200, schemas.Preview)
    def get(self, asked: dict[str, Any]) -> Any:
        """In words when a cron expression is due, and its next times; changes of the clock are marked."""
        cron, zone = parse_cron(asked["cron"]), find_zone(asked["tz"]).key
        after = asked.get("after", datetime.now(UTC))
        runs = runs_of(Schedule("", "", asked["cron"], zone=zone), after, asked["count"])
        words = f"{cron.words}, {zone}"
        return {"cron": asked["cron"], "zone": zone, "words": words, "runs": [run_values(run) for run in runs]}


@blueprint.route("/<name>")
class OneSchedule(MethodView):
    """One schedule."""

    @blueprint.arguments(schemas.ScheduleQuery, location="query")
    @blueprint.response(200, schemas.WholeSchedule)
    def get(self, asked: dict[str, Any], name: str) -> Any:
        """A schedule with its next times, and what became of the last ones."""
        return whole(name, asked["firings"])

    @blueprint.arguments(schemas.ScheduleIn)
    @blueprint.response(200, schemas.WholeSchedule)
    @blueprint.alt_response(201, schema=schemas.WholeSchedule, success=True)
    def put(self, given: dict[str, Any], name: str) -> Any:
        """Create a schedule (201) or change the one of this name; its arguments are checked by its type."""
        schedule = Schedule(name, given["type"], kwargs=given["args"], source="api")
        result = put(replace(schedule, **{key: given[key] for key in SAME if key in given}))
        headers = {"Location": url_for("schedules.OneSchedule", name=name)}
        return whole(name) | {"result": result}, 201 if result == "created" else 200, headers

    @blueprint.arguments(schemas.ScheduleChange)
    @blueprint.response(200, schemas.WholeSchedule)
    def patch(self, given: dict[str, Any], name: str) -> Any:
        """Change some of a schedule; what is left out stays."""
        with reading(here().engine) as session:
            before = get_schedule(session, name).schedule
        changes = {key: given[key] for key in SAME if key in given}
        # A schedule has the one or the other: whoever gives one takes the other away.
        for key, other in (("cron", "run_at"), ("run_at", "cron")):
            changes |= {other: None} if given.get(key) is not None and other not in given else {}
        changes |= {"kwargs": given["args"], "args": ()} if "args" in given else {}
        put(replace(before, **changes, source="api"))
        return whole(name)

    @blueprint.response(204)
    def delete(self, name: str) -> None:
        """Remove a schedule with the list of its firings; its jobs stay."""
        with noted("schedule.remove", name) as session:
            remove_schedule(session, name)


@blueprint.route("/<name>/pause")
class Pause(MethodView):
    """The pause of a schedule."""

    @blueprint.arguments(schemas.PauseIn)
    @blueprint.response(200, schemas.WholeSchedule)
    def put(self, given: dict[str, Any], name: str) -> Any:
        """Make no more jobs of it; times that pass meanwhile are left out."""
        by, why = g.caller.name, given.get("note")
        with noted("schedule.pause", name, detail=given) as session:
            pause_schedule(session, name, here().store.now_ms(), by=by, note=why)
        announce(here().links, "schedule:paused", name, {"paused": True, "by": by, "note": why})
        return whole(name)

    @blueprint.response(200, schemas.WholeSchedule)
    def delete(self, name: str) -> Any:
        """Go on with the next time to come."""
        with noted("schedule.resume", name) as session:
            resume_schedule(session, name, here().store.now_ms())
        announce(here().links, "schedule:paused", name, {"paused": False, "by": g.caller.name, "note": None})
        return whole(name)


@blueprint.route("/<name>/skip")
class Skip(MethodView):
    """Its next time, left out."""

    @blueprint.response(200, schemas.WholeSchedule)
    def post(self, name: str) -> Any:
        """Leave out the next time; `skipped_at` says which that was. Those after it stay."""
        with noted("schedule.skip", name) as session:
            skipped_ms = skip_next(session, name)
        return whole(name) | {"skipped_at": from_ms(skipped_ms)}


@blueprint.route("/<name>/runs")
class Runs(MethodView):
    """Its jobs asked for by hand."""

    @blueprint.response(202, schemas.FiringOut)
    def post(self, name: str) -> Any:
        """Make a job of it now, paused or not; its next time stays."""
        services = here()
        now_ms = services.store.now_ms()
        with noted("schedule.run", name) as session:
            key = run_now(session, name, now_ms, by=g.caller.name)
        push_one(services.engine, services.client, services.types, key, now_ms)
        with reading(services.engine) as session:
            firing = get_firing(session, key)
        return firing_values(firing), 202, {"Location": url_for("jobs.OneJob", id=firing.job)}


@blueprint.route("/<name>/backfill")
class Backfill(MethodView):
    """Its times that had no job."""

    @blueprint.arguments(schemas.BackfillIn)
    @blueprint.response(202, schemas.BackfillOut)
    @blueprint.alt_response(200, schema=schemas.BackfillOut, success=True)
    def post(self, given: dict[str, Any], name: str) -> Any:
        """Make the jobs of all times of a range that had none; at most 1,000."""
        services, dry_run = here(), given["dry_run"]
        now_ms = services.store.now_ms()
        if dry_run:
            with reading(services.engine) as session:
                times = missed(session, name, given, now_ms, dry_run=True)
        else:
            asked = {"from": given["start"].isoformat(), "to": given["end"].isoformat()}
            with noted("schedule.backfill", name, detail=asked) as session:
                times = missed(session, name, given, now_ms, dry_run=False)
            for planned_ms in times:
                push_one(services.engine, services.client, services.types, (name, planned_ms), now_ms)
        told = {"name": name, "times": [from_ms(planned_ms) for planned_ms in times], "dry_run": dry_run}
        return told, 200 if dry_run else 202


def missed(session: Session, name: str, given: dict[str, Any], now_ms: int, *, dry_run: bool) -> list[int]:
    """The times of a range that had no job, asked for unless it is a dry run. Raises Problem."""
    with blamed_on("to"):
        return backfill(session, name, given["start"], given["end"], now_ms, by=g.caller.name, dry_run=dry_run)


def put(schedule: Schedule) -> str:
    """Keep a schedule whose jobs its type accepts; `created`, `changed` or `unchanged`. Raises Problem."""
    services, schedule = here(), checked(schedule)
    actor = known_type(schedule.type)
    try:
        with blamed_on("args"):
            scheduled_call(actor, schedule, id=new_id(), planned_ms=0)
    except InvalidArguments as error:
        raise of_arguments(error) from None
    seconds, now_ms = services.settings.schedule_seconds, services.store.now_ms()
    with noted("schedule.set", schedule.name, detail={"type": schedule.type, "when": schedule.words}) as session:
        return put_schedule(session, schedule, now_ms, seconds=seconds)


def values(status: ScheduleStatus) -> dict[str, Any]:
    """A schedule as it is shown: its arguments as one object."""
    shown = schedule_values(status)
    given = shown.pop("kwargs")
    return shown | {"args": given | ({"_": shown["args"]} if shown["args"] else {})}


def whole(name: str, firings: int = 30) -> dict[str, Any]:
    """A schedule with its times. Raises ScheduleMissing."""
    with reading(here().engine) as session:
        status = get_schedule(session, name)
        last = [firing_values(firing) for firing in list_firings(session, name, firings)]
    runs = [run_values(run) for run in runs_to_come(status)]
    return values(status) | {"runs": runs, "firings": last}
