"""Writing many sections side by side: one thread starts the calls and hears stops, the others wait for answers."""

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from callboard.history.database import Engine, reading, writing
from callboard.jobs.errors import RateLimited, Snooze, Transient
from research.ai import ledger, sections
from research.ai.analysis import Provider, Reply, Section
from research.ai.bounds import most_usd
from research.ai.errors import NothingKnown, Unusable
from research.ai.ledger import Task
from research.ai.listening import LOOK_EVERY, Ear
from research.ai.prompt import writing as question_for
from research.ai.sections import Wanted
from research.ai.steering import Steering, slowed, started

# So many calls in a row without an answer: the provider is away, and the job comes again later.
DOWN_AFTER: Final = 5
COME_BACK: Final = 1.0


@dataclass(frozen=True)
class Plan:
    """What is to be written by whom, how many calls run at once, and for how many seconds new ones are started."""

    task: Task
    provider: Provider
    wanted: Sequence[Wanted]
    width: int
    seconds: float
    most_tokens: int
    prices: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What has come of a plan: sections that are there, those that failed for good, and why it stopped early if so."""

    done: int
    failed: dict[Wanted, str]
    left: int
    stopped: str | None


class Crew:
    """The threads of one attempt, and what they have come to."""

    def __init__(self, engine: Engine, steering: Steering, plan: Plan) -> None:
        self.engine, self.steering, self.plan = engine, steering, plan
        with reading(engine) as session:
            there = sections.done(session, plan.task.id)
        self.left = deque(one for one in plan.wanted if (one.term_id, one.title) not in there)
        self.done = len(plan.wanted) - len(self.left)
        self.running: dict[Future[Reply], Wanted] = {}
        self.failed: dict[Wanted, str] = {}
        self.passing: dict[Wanted, str] = {}
        self.unanswered = 0
        self.stopped: str | None = None
        self.ending: BaseException | None = None
        self.full = False
        self.ear = Ear()
        self.until = time.monotonic() + plan.seconds

    def write(self) -> Outcome:
        """Write what is missing. Raises what stopped it once the calls that run have ended; all that is done is kept.

        Raises Transient where sections are missing that another attempt may get.
        """
        pool = ThreadPoolExecutor(self.plan.width, thread_name_prefix="section")
        try:
            while self.running or (self.left and not self.over):
                self.look()
                self.start_calls(pool)
                self.gather()
        except BaseException:
            self.ear.abandon(set(self.running))
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        self.look()
        self.raise_ending()
        return Outcome(self.done, self.failed, len(self.left), self.stopped)

    @property
    def over(self) -> bool:
        """Whether no further call is to start."""
        return self.ending is not None or self.stopped is not None

    def look(self) -> None:
        """Report, and stop where the job must stop."""
        now = next(iter(self.running.values()), None)
        step = f"{now.words} ({self.ear.characters:,} characters so far)" if now else "write"
        self.steering.progress(self.done + len(self.failed), len(self.plan.wanted), step)

    def start_calls(self, pool: ThreadPoolExecutor) -> None:
        """Start calls while threads are free and the budget, the rate and the time of this attempt allow."""
        while self.left and len(self.running) < self.plan.width and not (self.over or self.full):
            if time.monotonic() > self.until:
                self.ending = Snooze(COME_BACK, f"goes on in a moment: {len(self.left):,} sections are left")
            elif call := self.prepare(self.left[0]):
                wanted = self.left.popleft()
                self.running[pool.submit(self.ask, call, wanted)] = wanted

    def prepare(self, wanted: Wanted) -> str | None:
        """Hold the money for a call and take a start of the provider's rate; None where one of them is not there."""
        plan = self.plan
        most = most_usd(plan.provider, question_for(self.section(wanted)), plan.prices)
        call = ledger.hold(self.engine, plan.task, wanted.words, plan.provider, most)
        if call is None:
            # What runs may turn out cheaper than what is held for it.
            self.full = bool(self.running)
            self.stopped = None if self.running else "cost_limit"
            return None
        try:
            started(self.steering, plan.provider.name)
        except BaseException as error:
            with writing(self.engine) as session:
                ledger.settle(session, call, "refused", error=str(error))
            if not isinstance(error, RateLimited):
                raise
            self.ending = error
            return None
        return call

    def section(self, wanted: Wanted) -> Section:
        """What the provider is asked for."""
        return Section(wanted.term, wanted.title, self.plan.most_tokens)

    def ask(self, call: str, wanted: Wanted) -> Reply:
        """Make a call in a thread of its own; its answer is stored there and then."""
        task = self.plan.task
        return ledger.buy(
            self.engine,
            call,
            lambda: self.plan.provider.write(self.section(wanted), self.ear.hear),
            lambda reply: reply.usage,
            lambda session, reply: sections.keep(session, task, call, wanted, reply),
        )

    def gather(self) -> None:
        """Wait a moment for answers, and take note of those that are there."""
        for future in wait(self.running, LOOK_EVERY, FIRST_COMPLETED).done if self.running else ():
            self.note(self.running.pop(future), future.exception())
            self.full = False

    def note(self, wanted: Wanted, error: BaseException | None) -> None:
        """Take note of how a call ended."""
        self.unanswered = self.unanswered + 1 if isinstance(error, Transient) else 0
        if error is None:
            self.done += 1
        elif isinstance(error, Unusable | NothingKnown):
            self.failed[wanted] = str(error)
        elif isinstance(error, RateLimited):
            self.left.appendleft(wanted)
            limited = slowed(self.steering, error)
            self.ending = self.ending or limited
        else:
            if isinstance(error, Transient):
                self.passing[wanted] = str(error)
            if not isinstance(error, Transient) or self.unanswered >= DOWN_AFTER:
                self.ending = self.ending or error

    def raise_ending(self) -> None:
        """Raise what stopped the work, or Transient for the sections that may do better another time."""
        if self.ending is not None:
            raise self.ending
        if self.passing:
            wanted, message = next(iter(self.passing.items()))
            missing = f"{len(self.passing):,} of {len(self.plan.wanted):,} sections were not written"
            raise Transient(f"{missing}, the first is {wanted.words}: {message}")
