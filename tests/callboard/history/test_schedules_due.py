"""Times that are due become firings and jobs, once each."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from callboard.broker.errors import ConnectionLost
from callboard.history import schedules_due
from callboard.history.database import connect, reading, writing
from callboard.history.errors import ScheduleHeld
from callboard.history.firings import forget_firings, last_successes
from callboard.history.models import JobRow
from callboard.history.schedule_models import FiringRow
from callboard.history.schedules import put_from_code, remove_schedule
from callboard.history.schedules_ask import backfill, run_now
from callboard.history.schedules_due import UNKNOWN_TYPE_MS, decide_due, next_due_ms
from callboard.history.schedules_hold import enable_schedule, pause_schedule, resume_schedule
from callboard.history.schedules_push import push_due, push_one
from callboard.history.schema import HISTORY
from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.failpoints import InjectedFault, armed
from callboard.jobs.schedule import Schedule
from tests.callboard.history.timetables import DAY, HOUR, MINUTE, NAME, Desk, board, desk
from tests.jobs import START_MS, Board

__all__ = ["board", "desk"]

# The board's time begins 20 s after a full minute.
FIRST = 40_000


def test_a_time_that_is_due_becomes_one_job(desk: Desk) -> None:
    desk.put(
        kwargs={"days": 7}, options={"priority": "high", "tags": ["auto"], "meta": {"team": "x"}}, queue="elsewhere"
    )
    assert desk.look() == 0
    assert desk.look(FIRST) == 1
    (firing,) = desk.firings()
    job = desk.board.job(firing.job)
    assert (job.type, job.queue, job.state, job.priority, job.tags) == ("report", "elsewhere", "waiting", 2, ["auto"])
    assert job.kwargs == {"days": 7, "title": ""}
    assert job.meta == {"team": "x", "schedule": NAME, "planned_at": firing.planned_at.isoformat()}
    assert (firing.state, firing.late_ms, firing.passed) == ("fired", 0, 0)
    status = desk.status()
    assert (status.fired, status.last_job, status.last_at) == (1, job.id, firing.planned_at)
    assert status.next_at == from_ms(desk.now + MINUTE)


def test_looking_again_changes_nothing(desk: Desk) -> None:
    desk.put()
    assert [desk.look(FIRST), desk.look(), desk.look()] == [1, 0, 0]
    assert len(desk.jobs()) == 1


def test_a_plain_actor_may_be_scheduled(desk: Desk) -> None:
    desk.put(type="plain")
    desk.look(FIRST)
    assert [job.type for job in desk.board.store.page("default", "waiting")] == ["plain"]


def test_it_says_when_the_next_one_is_due(desk: Desk) -> None:
    assert next_due_ms(desk.engine) is None
    desk.put()
    desk.put(name="other", cron="@hourly")
    assert next_due_ms(desk.engine) == START_MS + FIRST
    with writing(desk.engine) as session:
        pause_schedule(session, NAME, desk.now, by="ada")
    assert next_due_ms(desk.engine) != START_MS + FIRST


@pytest.mark.parametrize("schedulers", [2, 5])
def test_many_schedulers_at_once_make_one_job_of_each_time(desk: Desk, database: Engine, schedulers: int) -> None:
    desk.put(cron="* * * * * *", on_missed="all")
    engines = [connect(str(database.url.render_as_string(hide_password=False))) for _ in range(schedulers)]
    together = threading.Barrier(schedulers)

    def scheduler(engine: Engine) -> None:
        for _ in range(31):
            if together.wait() == 0:
                desk.board.advance(1000)
            together.wait()
            decide_due(engine, desk.now, desk.types.__contains__)
            push_due(engine, desk.board.client, desk.types, desk.now)

    with ThreadPoolExecutor(schedulers) as pool:
        list(pool.map(scheduler, engines))
    for engine in engines:
        engine.dispose()
    assert desk.planned() == [n * 1000 for n in range(1, 32)]
    assert len(desk.jobs()) == len({job.meta["planned_at"] for job in desk.jobs()}) == 31
    assert len(desk.events("schedule:fired")) == 31
    assert desk.status().fired == 31


@pytest.mark.parametrize("place", ["firing.written", "firing.committed", "firing.pushed"])
def test_a_scheduler_that_fails_anywhere_is_finished_for_by_the_next(desk: Desk, place: str) -> None:
    desk.put(cron="* * * * * *", on_missed="all")
    rng = random.Random(5)
    for _ in range(50):
        desk.board.advance(1000)
        if rng.random() < 0.5:
            with armed(f"{place}:error"), pytest.raises(InjectedFault):
                desk.look()
        else:
            desk.look()
    desk.look()
    assert desk.planned() == [n * 1000 for n in range(1, 51)]
    assert len(desk.jobs()) == 50
    assert len(desk.events("job:added")) == 50


def test_what_is_decided_while_redis_is_away_is_pushed_when_it_is_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put()

    def away(*_: object, **__: object) -> None:
        raise ConnectionLost("no answer from the Redis server")

    desk.board.advance(FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(desk.board.client.links, "call", away)
        for _ in range(3):
            desk.decide()
            with pytest.raises(ConnectionLost):
                push_due(desk.engine, desk.board.client, desk.types, desk.now)
    assert desk.look() == 1
    assert len(desk.jobs()) == 1


def test_a_job_that_has_run_and_is_forgotten_is_not_made_again(desk: Desk) -> None:
    desk.put()
    desk.board.advance(FIRST)
    desk.decide()
    with armed("firing.pushed:error"), pytest.raises(InjectedFault):
        desk.push()
    worker = desk.board.hire("reports", name="w")
    (id,) = worker.run_all()
    desk.board.client.remove(id)
    assert desk.look() == 1
    assert desk.board.state(id) == "gone"
    assert desk.planned() == [FIRST]


def test_a_job_that_the_history_knows_is_not_made_again(desk: Desk) -> None:
    desk.put()
    desk.board.advance(FIRST)
    desk.decide()
    with reading(desk.engine) as session:
        id = session.scalars(select(FiringRow.job_id)).one()
    with writing(desk.engine) as session:
        values = {"priority": 3, "attempt": 1, "attempts": 3, "crashes": 0, "fence": 1, "version": 3}
        row = JobRow(id=id, type="report", queue="reports", state="completed", enqueued_ms=desk.now, **values)
        row.finished_ms = desk.now
        session.add(row)
    assert desk.push() == 1
    assert desk.jobs() == []
    assert desk.status().last_job == id
    with reading(desk.engine) as session:
        assert last_successes(session) == {NAME: from_ms(desk.now)}
    assert desk.firings()[0].outcome == "completed"


def test_who_stood_still_for_a_day_makes_no_job(desk: Desk) -> None:
    desk.put()
    desk.board.advance(FIRST)
    desk.decide()
    read_at = desk.now
    desk.board.advance(DAY)
    assert push_due(desk.engine, desk.board.client, desk.types, read_at) == 0
    assert desk.push() == 1
    assert len(desk.jobs()) == 1


# S3 of the fault matrix
@pytest.mark.parametrize(
    ("policy", "away_ms", "fires", "passed"),
    [
        ("latest", 10_000, 1, 0),
        ("all", 10_000, 1, 0),
        ("skip", 10_000, 0, 1),
        ("latest", HOUR, 1, 59),
        ("all", HOUR, 60, 0),
        ("skip", HOUR, 0, 60),
        ("latest", 3 * DAY, 1, 4319),
        ("all", 3 * DAY, 100, 4220),
        ("skip", 3 * DAY, 0, 4320),
    ],
)
def test_after_an_absence_the_policy_decides(desk: Desk, policy: str, away_ms: int, fires: int, passed: int) -> None:
    desk.put(on_missed=policy)
    desk.look(FIRST + away_ms - 1)
    desk.look()
    assert (len(desk.jobs()), desk.status().passed) == (fires, passed)
    told = desk.events("schedule:missed")
    assert sum(data["passed"] for data in told) == passed
    assert len(told) == (1 if passed else 0)
    next_at = desk.status().next_at
    assert next_at is not None
    desk.look(to_ms(next_at) - desk.now)
    assert len(desk.jobs()) == fires + 1


def test_a_late_job_is_marked(desk: Desk) -> None:
    desk.put(None, run_at=from_ms(START_MS + HOUR))
    desk.look(3 * DAY)
    (job,) = desk.jobs()
    assert job.meta["late_by_ms"] == 3 * DAY - HOUR
    assert desk.firings()[0].late_ms == 3 * DAY - HOUR
    assert desk.events("schedule:fired")[0]["late_ms"] == 3 * DAY - HOUR
    assert desk.status().next_at is None
    assert desk.look(DAY) == 0


def test_a_single_time_is_over_once_it_was_met_until_it_is_given_another(desk: Desk) -> None:
    once: dict[str, Any] = {"cron": None, "run_at": from_ms(START_MS + HOUR)}
    desk.put(**once)
    desk.look(HOUR)
    assert desk.put(**once) == "unchanged"
    assert desk.look(HOUR) == 0
    desk.put(None, run_at=from_ms(START_MS + 3 * HOUR))
    assert desk.look(HOUR) == 1


def test_a_clock_that_is_stepped_makes_no_second_job(desk: Desk) -> None:
    desk.put()
    for step in (FIRST, HOUR, -HOUR, 1000, MINUTE, HOUR, MINUTE):
        desk.look(step)
    times = desk.planned()
    assert len(times) == len(set(times)) == len(desk.jobs()) <= 4


def test_with_overlap_left_out_a_time_passes_while_the_last_job_is_live(desk: Desk) -> None:
    desk.put(overlap="skip")
    desk.look(FIRST)
    desk.look(MINUTE)
    (job,) = desk.jobs()
    assert desk.planned("skipped") == [FIRST + MINUTE]
    assert desk.firings()[-1].reason == f"its last job {job.id} has not ended"
    assert [data["state"] for data in desk.events("schedule:missed")] == ["skipped"]
    desk.board.hire("reports", name="w").run_all()
    desk.look(MINUTE)
    assert desk.planned() == [FIRST, FIRST + 2 * MINUTE]


def test_a_unique_key_that_is_held_is_told(desk: Desk) -> None:
    desk.put(options={"unique_key": "report"})
    desk.look(FIRST)
    desk.look(MINUTE)
    (job,) = desk.jobs()
    assert (desk.firings()[-1].state, desk.firings()[-1].reason) == (
        "skipped",
        f"its unique key is held by job {job.id}",
    )


def test_a_paused_schedule_makes_nothing_up(desk: Desk) -> None:
    desk.put(on_missed="all")
    with writing(desk.engine) as session:
        pause_schedule(session, NAME, desk.now, by="ada")
    assert desk.look(HOUR) == 0
    with writing(desk.engine) as session:
        resume_schedule(session, NAME, desk.now)
    assert desk.look() == 0
    assert desk.look(MINUTE) == 1


# S5 of the fault matrix
def test_a_schedule_whose_type_is_gone_is_disabled_with_a_reason_and_comes_back(desk: Desk) -> None:
    desk.put(type="lost")
    desk.look(FIRST)
    assert desk.status().disabled is None, "another scheduler may know the type"
    desk.look(UNKNOWN_TYPE_MS + 1)
    assert desk.status().disabled == 'type "lost" is not declared by the job modules of this release'
    assert desk.look(HOUR) == 0
    desk.types["lost"] = desk.types["report"]
    with writing(desk.engine) as session:
        enable_schedule(session, NAME, desk.now)
    desk.look(MINUTE)
    assert len(desk.jobs()) == 1


def test_a_schedule_that_its_type_does_not_take_is_disabled_with_the_field_named(desk: Desk) -> None:
    desk.put(kwargs={"days": "many"})
    desk.look(FIRST)
    assert "days" in (desk.status().disabled or "")
    assert [(firing.state, "days" in (firing.reason or "")) for firing in desk.firings()] == [("refused", True)]
    assert [data["state"] for data in desk.events("schedule:missed")] == ["refused"]


def test_a_schedule_that_somebody_has_damaged_harms_no_other(desk: Desk) -> None:
    with writing(desk.engine) as session:
        put_from_code(session, Schedule("broken", "report", "* * * * *"), desk.now)
    desk.put()
    with desk.engine.begin() as connection:
        connection.execute(text("UPDATE schedules SET cron = 'whenever' WHERE name = 'broken'"))
    assert desk.look(FIRST) == 1
    assert "five fields" in (desk.status("broken").disabled or "")
    assert len(desk.jobs()) == 1


def test_a_job_may_be_asked_for_by_hand(desk: Desk) -> None:
    desk.put()
    before = desk.status().next_at
    with writing(desk.engine) as session:
        pause_schedule(session, NAME, desk.now, by="ada")
        keys = [run_now(session, NAME, desk.now, by="ada") for _ in range(2)]
    assert [push_one(desk.engine, desk.board.client, desk.types, key, desk.now) for key in keys] == [True, True]
    assert [job.meta["asked_by"] for job in desk.jobs()] == ["ada", "ada"]
    assert desk.status().next_at == before


def test_no_job_can_be_asked_for_of_a_disabled_schedule(desk: Desk) -> None:
    desk.put(kwargs={"days": "many"})
    desk.look(FIRST)
    with writing(desk.engine) as session, pytest.raises(ScheduleHeld, match="days"):
        run_now(session, NAME, desk.now, by="ada")


def test_a_range_that_passed_may_be_filled(desk: Desk) -> None:
    desk.put("@hourly")
    desk.look(DAY)
    had = desk.planned()
    start, end = from_ms(START_MS), from_ms(START_MS + DAY)
    assert start is not None
    assert end is not None
    with writing(desk.engine) as session:
        wished = backfill(session, NAME, start, end, desk.now, by="ada", dry_run=True)
    assert len(wished) == 24 - len(had)
    assert len(desk.jobs()) == len(had)
    with writing(desk.engine) as session:
        assert backfill(session, NAME, start, end, desk.now, by="ada") == wished
        assert backfill(session, NAME, start, end, desk.now, by="ada") == []
    desk.push()
    assert len(desk.jobs()) == 24
    with writing(desk.engine) as session, pytest.raises(ValueError, match="must be over"):
        backfill(session, NAME, start, from_ms(desk.now + HOUR) or end, desk.now, by="ada")


def test_a_schedule_that_somebody_holds_keeps_nobody_from_the_others(postgres_url: str, board: Board) -> None:
    HISTORY.upgrade(postgres_url)
    desk = Desk(connect(postgres_url), board)
    desk.put()
    desk.put(name="other")
    desk.board.advance(FIRST)
    with writing(desk.engine) as session:
        pause_schedule(session, NAME, desk.now, by="ada")
        session.flush()
        assert desk.decide() == 1
    desk.push()
    assert [job.meta["schedule"] for job in desk.jobs()] == ["other"]
    assert desk.look() == 0
    desk.engine.dispose()


def test_what_changes_while_it_is_decided_is_decided_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put()
    desk.board.advance(FIRST)
    whole = schedules_due._decisions
    asked: list[int] = []

    def slowly(*arguments: Any) -> list[Any]:
        decisions = whole(*arguments)
        if not asked:
            desk.put("0 12 * * *")
        asked.append(1)
        return decisions

    monkeypatch.setattr(schedules_due, "_decisions", slowly)
    assert desk.decide() == 0
    assert desk.jobs() == []


def test_what_is_removed_makes_no_more_jobs(desk: Desk) -> None:
    desk.put()
    desk.board.advance(FIRST)
    desk.decide()
    with writing(desk.engine) as session:
        remove_schedule(session, NAME)
    assert desk.push() == 0
    assert desk.look(HOUR) == 0
    assert desk.jobs() == []


def test_old_firings_are_forgotten_in_batches(desk: Desk) -> None:
    desk.put(on_missed="all")
    desk.look(HOUR)
    desk.look(HOUR)
    with reading(desk.engine) as session:
        total = session.scalar(select(func.count()).select_from(FiringRow)) or 0
    assert forget_firings(desk.engine, desk.now, batch=50) == 50
    assert forget_firings(desk.engine, desk.now, batch=50) == 10
    assert forget_firings(desk.engine, desk.now, batch=50) == 0
    assert total == 120
