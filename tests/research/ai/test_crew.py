"""Writing many sections side by side, by a server that answers late, out of order and in parallel."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy import Engine, select

from callboard.history.database import connect, reading
from callboard.history.models import Table
from callboard.jobs.errors import JobCancelled, Permanent, RateLimited, Snooze, Transient
from research.ai import ledger, sections
from research.ai.crew import Crew, Outcome, Plan
from research.ai.ledger import Task
from research.ai.models import BudgetRow, CallRow
from research.ai.providers import Access, provider
from research.ai.sections import Wanted
from research.models import Model
from tests.research.ai.conftest import HISTORY_TABLES, TABLES
from tests.research.ai.server import AiServer, Answer
from tests.waiting import wait_until

MODEL = "gpt-4-turbo-preview"
# By the list: ten and thirty dollars for a million tokens.
USD_IN, USD_OUT = 10e-6, 30e-6


@dataclass
class Wheel:
    """The steering of a test: counts what is asked of it, and stops when it is told to."""

    permits: list[str] = field(default_factory=list)
    holds: list[tuple[float, str | None]] = field(default_factory=list)
    steps: list[tuple[float, float, str]] = field(default_factory=list)
    stop: Callable[[], bool] = lambda: False
    empty_after: int = 10**9

    def progress(self, done: float, total: float = 100, step: str = "") -> None:
        self.steps.append((done, total, step))
        if self.stop():
            raise JobCancelled("job 1 was cancelled")

    def permit(self, key: str, count: int, per: float) -> None:
        assert (count, per) == (50, 60)
        if len(self.permits) >= self.empty_after:
            raise RateLimited(42, message="no start left")
        self.permits.append(key)

    def rate_limited(self, after: float, key: str | None = None) -> NoReturn:
        self.holds.append((after, key))
        raise RateLimited(after, key)


@dataclass
class Desk:
    """A database, a server and what is to be written by it."""

    engine: Engine
    server: AiServer
    wheel: Wheel = field(default_factory=Wheel)

    def write(self, wanted: Sequence[Wanted], *, limit: float | None = None, width: int = 4, **more: Any) -> Outcome:
        """One attempt at it."""
        task = Task("batch", more.pop("job", "job-1"), limit)
        ledger.begin(self.engine, task)
        asked = provider("openai", Access("k", f"{self.server.url}/v1"), MODEL, timeout=more.pop("timeout", 5))
        plan = Plan(task, asked, wanted, width, more.pop("seconds", 60), more.pop("most_tokens", 500))
        return Crew(self.engine, self.wheel, plan).write()

    def spent(self) -> float:
        """US dollars that the ledger counts as spent."""
        with reading(self.engine) as session:
            return ledger.spent_on(session, task="batch").usd

    def titles(self) -> list[str]:
        """The terms whose sections are stored."""
        with reading(self.engine) as session:
            return sorted(one.term_id for one in sections.of_task(session, "batch"))

    def states(self) -> list[str]:
        """How calls ended."""
        with reading(self.engine) as session:
            return sorted(session.scalars(select(CallRow.state)))


@pytest.fixture
def desk(tmp_path: Path, ai_server: AiServer) -> Iterator[Desk]:
    engine = connect(f"sqlite:///{tmp_path / 'x.db'}")
    Table.metadata.create_all(engine, HISTORY_TABLES)
    Model.metadata.create_all(engine, TABLES)
    yield Desk(engine, ai_server)
    engine.dispose()


def some(count: int) -> list[Wanted]:
    return [Wanted(f"t{number:03}", f"Term {number}", "Overview") for number in range(count)]


# S5.10
def test_a_budget_is_never_passed_by_answers_that_come_late_out_of_order_and_in_parallel(desk: Desk) -> None:
    rng, guard = random.Random(19), threading.Lock()
    charged: list[float] = []
    alive = [0, 0]

    def late() -> None:
        with guard:
            alive[0] += 1
            alive[1] = max(alive)
            pause = rng.uniform(0, 0.06)
        threading.Event().wait(pause)
        with guard:
            alive[0] -= 1

    def answer(request: dict[str, Any]) -> Answer:
        with guard:
            most = request["max_completion_tokens"]
            tokens = rng.randint(50, 200), rng.choice((0, rng.randint(0, most), most))
            charged.append(tokens[0] * USD_IN + tokens[1] * USD_OUT)
        return Answer(("text",), tokens, before=late)

    desk.server.by = answer
    outcome = desk.write(some(300), limit=50.0, width=8, most_tokens=30_000)
    assert outcome.stopped == "cost_limit"
    assert outcome.done + outcome.left == 300
    # What the server charged is what the ledger says, to the last billionth, and it is under the limit.
    assert sum(charged) == pytest.approx(desk.spent(), abs=1e-7)
    # One more, at 0.91 at the most, might not have fitted.
    assert 50.0 - 0.92 < desk.spent() <= 50.0
    assert len(desk.titles()) == outcome.done == len(charged)
    assert 2 <= alive[1] <= 8
    assert desk.wheel.permits == ["provider:openai"] * len(charged)


def test_what_is_written_is_kept_and_a_higher_limit_goes_on_from_there(desk: Desk) -> None:
    desk.server.by = lambda _: Answer(("text",), (100, 500))  # 0.016 USD
    first = desk.write(some(6), limit=0.05, width=1)
    assert (first.done, first.left, first.stopped) == (2, 4, "cost_limit")
    again = desk.write(some(6), limit=0.05, width=1)
    assert (again.done, again.left) == (2, 4)
    assert len(desk.server.asked) == 2
    last = desk.write(some(6), limit=0.2, width=3, job="job-2")
    assert (last.done, last.left, last.stopped) == (6, 0, None)
    assert len(desk.server.asked) == 6
    assert desk.spent() == pytest.approx(6 * 0.016)


def test_a_section_that_the_provider_withholds_does_not_stop_the_others(desk: Desk) -> None:
    desk.server.by = lambda request: Answer(ending="content_filter" if "Term 1" in str(request) else "stop")
    outcome = desk.write(some(3), limit=1.0)
    assert (outcome.done, outcome.left) == (2, 0)
    assert {one.term: "content filter" in why for one, why in outcome.failed.items()} == {"Term 1": True}
    assert desk.states() == ["answered", "answered", "unusable"]


def test_a_wrong_key_ends_it_at_once_and_keeps_what_is_done(desk: Desk) -> None:
    desk.server.answers = [Answer(), Answer(status=401, body={"error": {"message": "who are you"}})]
    with pytest.raises(Permanent, match="who are you"):
        desk.write(some(5), width=1, limit=1.0)
    assert desk.titles() == ["t000"]
    assert len(desk.server.asked) == 2
    assert desk.spent() == pytest.approx(0.013)


# S5.30
def test_a_429_slows_the_provider_for_all_and_the_job_goes_on_from_there(desk: Desk) -> None:
    desk.server.answers = [
        Answer(),
        Answer(status=429, headers={"Retry-After": "7"}, body={"error": {"message": "slow"}}),
    ]
    with pytest.raises(RateLimited) as caught:
        desk.write(some(3), width=1)
    assert (caught.value.after, caught.value.key) == (7, "provider:openai")
    assert desk.wheel.holds == [(7, "provider:openai")]
    assert desk.write(some(3)).done == 3
    assert len(desk.server.asked) == 4


def test_a_rate_that_is_used_up_hands_the_job_back_and_holds_no_money(desk: Desk) -> None:
    desk.wheel.empty_after = 2
    with pytest.raises(RateLimited) as caught:
        desk.write(some(5), limit=1.0)
    assert caught.value.after == 42
    assert desk.titles() == ["t000", "t001"]
    assert desk.states() == ["answered", "answered", "refused"]
    assert desk.spent() == pytest.approx(0.026)


def test_sections_that_failed_for_now_are_the_only_ones_asked_for_again(desk: Desk) -> None:
    desk.server.answers = [Answer(status=503, body={"error": {"message": "busy"}}), Answer(cut=2), Answer()]
    with pytest.raises(
        Transient, match=r"2 of 3 sections were not written, the first is Term 0: Overview: openai: .*busy"
    ):
        desk.write(some(3), width=1, limit=1.0)
    assert desk.titles() == ["t002"]
    assert desk.write(some(3), width=1, limit=1.0).done == 3
    assert len(desk.server.asked) == 5
    # The call that broke off may be charged, so what was held for it counts; the one that was refused does not.
    assert desk.states() == ["answered", "answered", "answered", "lost", "refused"]
    assert desk.spent() > 3 * 0.013 + 500 * USD_OUT


def test_a_provider_that_is_away_is_not_asked_for_every_section(desk: Desk) -> None:
    desk.server.by = lambda _: Answer(status=500, body={"error": {"message": "down"}})
    with pytest.raises(Transient, match="down"):
        desk.write(some(100), width=2)
    assert len(desk.server.asked) < 10


# S1.11
def test_a_cancel_closes_the_streams_and_counts_them_as_spent(desk: Desk) -> None:
    stopped = threading.Event()

    def stop() -> bool:
        if "(4 characters" in desk.wheel.steps[-1][2]:
            stopped.set()
        return stopped.is_set()

    # Each of the four answers goes on after its first letter once the job was stopped.
    desk.server.by = lambda _: Answer(("a", "b"), between=lambda number: stopped.wait(10) if number == 2 else None)
    desk.wheel.stop = stop
    with pytest.raises(JobCancelled):
        desk.write(some(10), limit=5.0)
    assert desk.titles() == []
    assert set(desk.states()) == {"lost"}
    assert desk.spent() >= 0.015 * len(desk.states())


def test_before_its_time_is_over_it_hands_itself_back_to_go_on(desk: Desk) -> None:
    with pytest.raises(Snooze, match="goes on in a moment: 3 sections are left"):
        desk.write(some(3), seconds=-1)
    assert desk.server.asked == []


# S1.15 S5.5
def test_progress_names_the_section_and_how_much_of_it_has_arrived(desk: Desk) -> None:
    def reported() -> bool:
        return any(step == "Term 0: Overview (6 characters so far)" for _, _, step in desk.wheel.steps)

    # The second piece of the answer is sent once the first one was reported.
    answer = Answer(("hello ", "world"), between=lambda number: wait_until(reported) if number == 2 else None)
    desk.server.answers = [answer, Answer()]
    assert desk.write(some(2), width=1).done == 2
    assert reported()
    assert desk.wheel.steps[-1][:2] == (2, 2)


def test_nothing_is_held_when_all_is_over(desk: Desk) -> None:
    desk.write(some(4), limit=1.0)
    with reading(desk.engine) as session:
        budget = session.get_one(BudgetRow, "batch")
        assert budget.committed_nano_usd == ledger.nano(desk.spent())
    wait_until(lambda: not [t for t in threading.enumerate() if t.name.startswith("section")], what="threads are gone")


# S1.11
def test_a_cancel_does_not_wait_for_a_provider_that_is_silent(desk: Desk) -> None:
    ended = threading.Event()
    desk.server.by = lambda _: Answer(before=lambda: ended.wait(60))
    desk.wheel.stop = lambda: len(desk.server.asked) == 4
    with pytest.raises(JobCancelled):
        desk.write(some(10), limit=5.0, timeout=60)
    # The calls go on, and count as spent until their end is known.
    assert desk.states() == ["open"] * 4
    assert desk.spent() >= 4 * 0.015
    ended.set()
    wait_until(lambda: set(desk.states()) == {"lost"}, what="the threads have settled their calls")
