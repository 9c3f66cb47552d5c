"""The recurring duties, each with what it is for."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from callboard.history.answers import claim
from callboard.history.database import writing
from callboard.history.models import JobRow
from callboard.history.outbox import enqueue_in
from callboard.history.reconciler import Reconciler
from callboard.history.schedules import put_schedule
from callboard.jobs.clock import duration_ms
from callboard.jobs.schedule import Schedule
from scheduler.services import Services
from scheduler.ticks import (
    TICKS,
    bring_back,
    fire,
    forget_old_answers,
    forget_old_firings,
    forget_old_history,
    reconcile,
    relay_outbox,
)
from tests.callboard.history.timetables import HOUR, Desk
from tests.jobs import make_call

FIRST = 40_000


def test_fire_makes_what_is_due_and_says_how_long_until_the_next(services: Services, desk: Desk) -> None:
    assert fire(services) is None
    desk.put()
    assert fire(services) == pytest.approx(FIRST / 1000, abs=20)
    desk.board.advance(FIRST)
    fire(services)
    assert len(desk.jobs()) == 1


def test_a_disabled_schedule_comes_back_once_its_type_is_there(services: Services, desk: Desk) -> None:
    desk.put(type="lost")
    desk.board.advance(HOUR)
    fire(services)
    bring_back(services)
    assert desk.status().disabled is not None
    desk.types["lost"] = desk.types["report"]
    bring_back(services)
    assert desk.status().disabled is None
    assert desk.look() == 0, "what passed meanwhile is left out"


def test_a_schedule_that_its_type_refuses_stays_disabled(services: Services, desk: Desk) -> None:
    desk.put(kwargs={"days": "many"})
    desk.board.advance(FIRST)
    fire(services)
    bring_back(services)
    assert "days" in (desk.status().disabled or "")


def test_a_damaged_schedule_stays_disabled(services: Services, desk: Desk) -> None:
    desk.put()
    with desk.engine.begin() as connection:
        connection.execute(text("UPDATE schedules SET zone = 'Mars/Base'"))
    desk.board.advance(FIRST)
    fire(services)
    bring_back(services)
    assert "Mars/Base" in (desk.status().disabled or "")


def test_the_outbox_is_relayed(services: Services, desk: Desk) -> None:
    with writing(desk.engine) as session:
        enqueue_in(session, make_call("reports"))
    relay_outbox(services)
    assert len(desk.jobs()) == 1


def test_old_firings_are_forgotten(services: Services, desk: Desk) -> None:
    desk.put("@daily")
    desk.look(200 * 24 * HOUR)
    desk.look(100 * 24 * HOUR)
    assert len(desk.firings()) == 2
    forget_old_firings(services)
    assert len(desk.firings()) == 1


def test_answers_of_the_api_are_forgotten_after_a_day(services: Services, desk: Desk) -> None:
    for key, age in (("old", timedelta(hours=25)), ("new", timedelta(hours=23))):
        claim(desk.engine, key, "a body", desk.now - duration_ms(age))
    forget_old_answers(services)
    with desk.engine.connect() as connection:
        assert connection.execute(text("SELECT key FROM api_answers")).scalars().all() == ["new"]


def test_the_history_is_kept_for_its_time(services: Services, desk: Desk) -> None:
    values = {"priority": 3, "attempt": 1, "attempts": 3, "crashes": 0, "fence": 1, "version": 3, "enqueued_ms": 0}
    ages = {"old": services.settings.history_age + timedelta(days=1), "new": timedelta(days=1)}
    with writing(desk.engine) as session:
        for id, age in ages.items():
            row = JobRow(id=id, type="report", queue="reports", state="completed", **values)
            row.finished_ms = desk.now - duration_ms(age)
            session.add(row)
    forget_old_history(services)
    with desk.engine.connect() as connection:
        assert connection.execute(text("SELECT id FROM background_jobs")).scalars().all() == ["new"]


def test_the_reconciler_has_its_round(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[Reconciler] = []

    def note_round(reconciler: Reconciler) -> None:
        rounds.append(reconciler)

    monkeypatch.setattr(Reconciler, "round", note_round)
    reconcile(services)
    assert rounds == [services.reconciler]


def test_every_duty_does_nothing_and_no_harm_where_nothing_is_to_be_done(services: Services) -> None:
    for tick in TICKS:
        tick.do(services)


def test_what_is_fast_is_fast_enough(services: Services) -> None:
    every = {tick.name: tick.every for tick in TICKS}
    assert every["fire"] <= 1.0
    assert every["outbox"] <= 1.0


def test_more_schedules_than_one_transaction_decides_are_all_met(services: Services, desk: Desk) -> None:
    with writing(desk.engine) as session:
        for n in range(60):
            put_schedule(session, Schedule(f"s-{n}", "report", "* * * * *"), desk.now)
    desk.board.advance(FIRST)
    fire(services)
    assert sorted(job.meta["schedule"] for job in desk.jobs()) == sorted(f"s-{n}" for n in range(60))
