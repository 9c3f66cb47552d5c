"""Faults of the scheduler: many at once, killed and stopped, away for long, clocks that jump, bad schedules."""

import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
from sqlalchemy import Engine, select, update

from callboard.broker.scheduled import unknown_type
from callboard.history.database import reading, writing
from callboard.history.schedule_models import FiringRow, ScheduleRow
from callboard.history.schedules import get_schedule, put_schedule, remove_schedule
from callboard.history.schedules_hold import pause_schedule
from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.cron import find_zone
from callboard.jobs.due import decide, first_due
from callboard.jobs.record import Job
from callboard.jobs.schedule import BadSchedule, Schedule
from tests.postgres import running_postgres
from tests.system.history_rows import history, sqlite_url
from tests.system.rig import ROOT, Rig, within
from tests.system.row import Row, Tally
from tests.waiting import wait_until

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
POINTS = ("firing.written", "firing.committed", "firing.pushed")
TAKE_OVER_MOST = 10.0
NAME = "each-second"


class Schedulers:
    """The scheduler processes of a rig over one database."""

    def __init__(self, rig: Rig, url: str) -> None:
        self.rig = rig
        self.url = url
        self.processes: list[subprocess.Popen[bytes]] = []
        self.logs: dict[int, Path] = {}
        self.started = 0

    def start(self, **environ: str) -> subprocess.Popen[bytes]:
        """One more."""
        process, log = self.launch(**environ)
        wait_until(partial(_ready, process, log), seconds=60, what="the scheduler is at work")
        return process

    def launch(self, **environ: str) -> tuple[subprocess.Popen[bytes], Path]:
        """One more, with its log; it is not at work yet."""
        self.started += 1
        log = self.rig.folder / f"scheduler-{self.rig.store.now_ms()}-{self.started}.log"
        own = {"DATABASE_URL": self.url, "INIT_SCHEDULED_JOBS": "false", "LOG_FORMAT": "json", **environ}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "scheduler", "tests.system.fault_jobs"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.rig.environment(**own),
                cwd=ROOT,
                start_new_session=True,
            )
        self.processes.append(process)
        self.logs[process.pid] = log
        return process, log

    def running(self) -> list[subprocess.Popen[bytes]]:
        """Those that have not ended."""
        self.processes = [process for process in self.processes if process.poll() is None]
        return self.processes

    def awake(self) -> list[subprocess.Popen[bytes]]:
        """Those that run and do not stand still."""
        running = self.running()
        return [process for process in running if psutil.Process(process.pid).status() != psutil.STATUS_STOPPED]

    def at_work(self) -> list[subprocess.Popen[bytes]]:
        """Those of them that have begun."""
        return [process for process in self.awake() if _ready(process, self.logs[process.pid])]

    def stop(self) -> None:
        """All are told to go, also those that stand still."""
        for process in self.running():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes:
            process.wait(10)


def _ready(process: subprocess.Popen[bytes], log: Path) -> bool:
    """Whether a scheduler looks after the schedules, or has ended already."""
    return b"looks after" in log.read_bytes() or process.poll() is not None


@contextmanager
def schedulers(rig: Rig, url: str, number: int) -> Iterator[Schedulers]:
    """So many schedulers for the length of a block."""
    hired = Schedulers(rig, url)
    try:
        for process, log in [hired.launch() for _ in range(number)]:
            wait_until(partial(_ready, process, log), seconds=60, what="a scheduler is at work")
        yield hired
    finally:
        hired.stop()


def each_second(rig: Rig, engine: Engine) -> int:
    """A schedule with one time a second from the next one on, whose ms is returned."""
    schedule = Schedule(NAME, "noted", "* * * * * *", args=(1,), on_missed="all", cap=10_000)
    now_ms = rig.store.now_ms()
    with writing(engine) as session:
        put_schedule(session, schedule, now_ms, seconds=True)
    first_ms = first_due(schedule, now_ms)
    assert first_ms is not None
    return first_ms


def passed(rig: Rig, until_ms: int) -> bool:
    """Whether it is later than that by the server's clock."""
    return rig.store.now_ms() > until_ms


def judge(rig: Rig, engine: Engine, tally: Tally, expected: list[int], since: float = 0.0) -> tuple[int, list[float]]:
    """Compare all jobs made since a time with the times that were to come.

    How many jobs were made of these times, and how many seconds each came after its time.
    """
    added = {event["id"]: event["at"] for event in rig.events("job:added") if event["at"] >= since}
    jobs = {job.id: datetime.fromisoformat(job.meta["planned_at"]) for job in rig.jobs(added)}
    made = {id: to_ms(planned_at) for id, planned_at in jobs.items() if to_ms(planned_at) <= expected[-1]}
    times = Counter(made.values())
    missing = [ms for ms in expected if ms not in times]
    doubled = [ms for ms, number in times.items() if number > 1]
    tally.lost += len(missing)
    tally.duplicated += len(doubled)
    tally.expect(not missing, f"{len(missing)} times have no job, e.g. {missing[:3]}")
    tally.expect(not doubled, f"{len(doubled)} times have several jobs, e.g. {doubled[:3]}")
    tally.expect(len(jobs) == len(added), "jobs were forgotten that are to be counted")
    with reading(engine) as session:
        rows = set(session.scalars(select(FiringRow.job_id).where(FiringRow.state == "fired")))
    tally.expect(set(made) <= rows, "jobs were made that no row knows of")
    return len(made), [added[id] - planned_ms / 1000 for id, planned_ms in made.items()]


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)] if values else 0.0


def many(rig: Rig, size: int) -> Tally:
    """Two, then five schedulers without any agreement meet one time a second, on SQLite and on PostgreSQL."""
    tally = Tally()
    rig.hire()
    with running_postgres() as postgres:
        for name, url in (("SQLite", sqlite_url(rig)), ("PostgreSQL", postgres.url)):
            with history(url) as engine:
                # Where it must be quick, the smaller number on the one and the larger on the other will do.
                for number in (2, 5) if size > 10 else (2,) if name == "SQLite" else (5,):
                    fires, late = _many(rig, url, engine, tally, number, size)
                    tally.notes.append(f"{name}, {number}: {fires}/{size}, {late * 1000:.0f} ms late at most")
    return tally


def _many(rig: Rig, url: str, engine: Engine, tally: Tally, number: int, size: int) -> tuple[int, float]:
    began = rig.store.now_ms() / 1000
    with schedulers(rig, url, number):
        first_ms = each_second(rig, engine)
        expected = [first_ms + n * SECOND for n in range(size)]
        wait_until(partial(passed, rig, expected[-1]), seconds=size + 30)
        wait_until(partial(_settled, engine, expected), seconds=30, what="all times are settled")
        with writing(engine) as session:
            pause_schedule(session, NAME, rig.store.now_ms(), by="the test")
        # Whoever wishes to make a job twice has the time for it.
        wait_until(partial(passed, rig, rig.store.now_ms() + SECOND), seconds=10)
    fires, late = judge(rig, engine, tally, expected, began)
    tally.trials += size
    tally.expect(fires == size, f"{fires} jobs of {size} times with {number} schedulers")
    tally.worst = max(tally.worst, *late)
    with writing(engine) as session:
        remove_schedule(session, NAME)
    return fires, max(late)


def shot_at(rig: Rig, size: int) -> Tally:
    """Of three schedulers one after the other is killed, anywhere in its work too, or stopped for a while."""
    tally = Tally()
    rig.hire()
    with running_postgres() as postgres:
        # Where it must be quick, one of the two databases will do.
        for name, url in (("SQLite", sqlite_url(rig)), ("PostgreSQL", postgres.url))[: 2 if size > 10 else 1]:
            with history(url) as engine, schedulers(rig, url, 3) as hired:
                tally.notes.append(f"{name}: {_shot_at(rig, engine, hired, tally, size)}")
    return tally


def _shot_at(rig: Rig, engine: Engine, hired: Schedulers, tally: Tally, size: int) -> str:
    rng = random.Random(11)
    killed = stopped = 0
    began = rig.store.now_ms() / 1000
    first_ms = each_second(rig, engine)
    expected = [first_ms + n * SECOND for n in range(size)]
    still: list[tuple[int, subprocess.Popen[bytes]]] = []
    while not passed(rig, expected[-1]):
        moment_ms = rig.store.now_ms() + rng.randrange(200, 1500)
        wait_until(partial(passed, rig, moment_ms), seconds=10)
        still = [(until, process) for until, process in still if not _woken(rig, until, process)]
        # One is always left to take over; what becomes of times that nobody meets is another row.
        at_work = hired.at_work()
        victim = rng.choice(at_work) if len(at_work) > 1 else None
        if victim and rng.random() < 0.5:
            victim.kill()
            victim.wait()
            killed += 1
        elif victim and len(still) < 3:
            victim.send_signal(signal.SIGSTOP)
            still.append((rig.store.now_ms() + rng.choice((2_000, 6_000, min(60, size) * SECOND)), victim))
            stopped += 1
        while len(hired.awake()) < 3:
            point = f"{rng.choice(POINTS)}:kill:{rng.randrange(2, 6)}"
            hired.launch(**({"FAILPOINT": point} if rng.random() < 0.3 else {}))
    for _, process in still:
        process.send_signal(signal.SIGCONT)
    hired.start()
    wait_until(partial(_settled, engine, expected), seconds=60, what="all times are settled")
    fires, late = judge(rig, engine, tally, expected, began)
    tally.trials += size
    tally.expect(fires == size, f"{fires} jobs of {size} times")
    tally.expect(p95(late) <= TAKE_OVER_MOST, f"take-over took {p95(late):.1f} s")
    tally.worst = max(tally.worst, *late)
    taken_over = f"late p50 {sorted(late)[len(late) // 2]:.2f} s, p95 {p95(late):.2f} s"
    return f"{fires}/{size}, {killed} killed, {stopped} stopped, {hired.started} started, {taken_over}"


def _woken(rig: Rig, until_ms: int, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is None and not passed(rig, until_ms):
        return False
    process.send_signal(signal.SIGCONT)
    return True


def _settled(engine: Engine, expected: list[int]) -> bool:
    with reading(engine) as session:
        within_time = (FiringRow.planned_ms <= expected[-1], FiringRow.settled_ms.is_not(None))
        return len(session.scalars(select(FiringRow.planned_ms).where(*within_time)).all()) >= len(expected)


def absent(rig: Rig, size: int) -> Tally:
    """Nobody was there for 10 s, an hour and three days: each policy does what it says, single times come late."""
    tally = Tally()
    url = sqlite_url(rig)
    away = (10 * SECOND, HOUR, 3 * DAY)
    wanted: dict[str, int] = {}
    with history(url) as engine:
        now_ms = rig.store.now_ms()
        for gone_ms in away:
            minutes = gone_ms // MINUTE + 1 if gone_ms > MINUTE else 1
            for policy, fires in (("latest", 1), ("all", min(minutes, 100)), ("skip", 0)):
                name = f"{policy}-{gone_ms // SECOND}"
                wanted[name] = fires
                _set_back(engine, Schedule(name, "noted", "* * * * *", args=(1,), on_missed=policy), now_ms, minutes)
            name = f"once-{gone_ms // SECOND}"
            wanted[name] = 1
            with writing(engine) as session:
                once = Schedule(name, "noted", args=(1,), run_at=from_ms(now_ms - gone_ms), on_missed="skip")
                put_schedule(session, once, now_ms)
        with schedulers(rig, url, 1):
            wait_until(partial(_all_moved, engine, now_ms), seconds=30, what="all are decided")
            wait_until(partial(_none_open, engine), seconds=60, what="all are settled")
        for name, fires in wanted.items():
            found = _fires(engine, name)
            tally.trials += 1
            # A minute may have passed since: its time is met as any other.
            tally.expect(fires <= found <= fires + 1, f"{name}: {found} jobs, expected {fires}")
            tally.lost += max(0, fires - found)
            tally.notes += [f"{name} s: {found}"] if size > 1 else []
    once_late = [job.meta.get("late_by_ms") for job in _jobs_of(rig, engine, "once-")]
    tally.expect(
        None not in once_late and len(once_late) == len(away), f"single times are not marked late: {once_late}"
    )
    return tally


def _set_back(engine: Engine, schedule: Schedule, now_ms: int, minutes: int) -> None:
    """A schedule that nobody has looked at for so many of its times."""
    with writing(engine) as session:
        put_schedule(session, schedule, now_ms)
        last_ms = now_ms // MINUTE * MINUTE
        # Six seconds past a full minute at least, so that its time has passed and is not just met.
        last_ms -= MINUTE if now_ms - last_ms < 6 * SECOND else 0
        row = update(ScheduleRow).where(ScheduleRow.name == schedule.name)
        session.execute(row.values(next_ms=last_ms - (minutes - 1) * MINUTE))


def _all_moved(engine: Engine, now_ms: int) -> bool:
    with reading(engine) as session:
        return not session.scalars(select(ScheduleRow.name).where(ScheduleRow.next_ms <= now_ms)).all()


def _none_open(engine: Engine) -> bool:
    with reading(engine) as session:
        return not session.scalars(select(FiringRow.schedule).where(FiringRow.settled_ms.is_(None))).all()


def _fires(engine: Engine, name: str) -> int:
    with reading(engine) as session:
        return get_schedule(session, name).fired


def _jobs_of(rig: Rig, engine: Engine, beginning: str) -> list[Job]:
    with reading(engine) as session:
        ids = session.scalars(select(FiringRow.job_id).where(FiringRow.schedule.like(f"{beginning}%"))).all()
    return rig.jobs(ids)


def jumping_clocks(_rig: Rig, size: int) -> Tally:
    """So many simulated years in four zones, a daily schedule looked at every two hours: fires per local day."""
    tally = Tally()
    for zone in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"):
        for cron in ("30 2 * * *", "30 1 * * *"):
            fires = _walk(Schedule("daily", "noted", cron, zone=zone), size * 365)
            first, last = datetime.fromisoformat(min(fires)), datetime.fromisoformat(max(fires))
            tally.trials += (last - first).days + 1
            tally.lost += (last - first).days + 1 - len(fires)
            tally.duplicated += sum(number - 1 for number in fires.values())
    tally.expect(tally.lost == 0, f"{tally.lost} local days without a firing")
    tally.expect(tally.duplicated == 0, f"{tally.duplicated} firings too many")
    return tally


def _walk(daily: Schedule, days: int) -> Counter[str]:
    place, now_ms = find_zone(daily.zone), to_ms(datetime(2026, 1, 1, tzinfo=UTC))
    next_ms = first_due(daily, now_ms)
    fires: Counter[str] = Counter()
    for _ in range(days * 12):
        now_ms += 2 * HOUR
        assert next_ms is not None
        due = decide(daily, next_ms, now_ms)
        next_ms = due.next_ms
        fires.update(f"{datetime.fromtimestamp(ms / 1000, place):%Y-%m-%d}" for ms in due.fire)
    return fires


BAD: dict[str, dict[str, object]] = {
    "impossible date": {"cron": "30 2 31 2 *"},
    "every second": {"cron": "* * * * * *"},
    "unknown zone": {"cron": "@daily", "zone": "Europe/Berln"},
    "too large": {"cron": "@daily", "kwargs": {"text": "x" * 300_000}},
    "no time at all": {},
}


def bad_schedules(rig: Rig, _size: int) -> Tally:
    """Schedules that cannot be are refused; one whose type is gone is disabled with a reason, and kept."""
    tally = Tally(trials=len(BAD) + 1)
    url = sqlite_url(rig)
    with history(url) as engine:
        for what, given in BAD.items():
            try:
                with writing(engine) as session:
                    put_schedule(session, Schedule("bad", "noted", **given), rig.store.now_ms())  # type: ignore[arg-type]
                tally.problems.append(f"{what} was accepted")
            except BadSchedule:
                pass
        with writing(engine) as session:
            gone = Schedule("gone", "gone_after_a_deploy", run_at=datetime.now(UTC) - timedelta(minutes=1))
            put_schedule(session, gone, rig.store.now_ms())
        with schedulers(rig, url, 1):
            reason = unknown_type("gone_after_a_deploy")
            disabled = within(20, lambda: _disabled(engine) == reason)
        tally.expect(disabled, f"the schedule whose type is gone is not disabled: {_disabled(engine)}")
    return tally


def _disabled(engine: Engine) -> str | None:
    with reading(engine) as session:
        return get_schedule(session, "gone").disabled


ROWS = (
    Row("S1", "two and five schedulers, one time a second", many, quick=5, full=31),
    Row("S2", "schedulers killed and stopped at random", shot_at, quick=10, full=50),
    Row("S3", "no scheduler for 10 s, 1 h, 3 days", absent, quick=1, full=2),
    Row("S4", "two years of clock changes in four zones", jumping_clocks, quick=1, full=2),
    Row("S5", "schedules that cannot be", bad_schedules, quick=1, full=1),
)
