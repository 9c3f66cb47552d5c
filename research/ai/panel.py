"""Asking several providers for their analysis of one document, each paid and stored by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from callboard.history.database import Engine, reading
from callboard.jobs.errors import Permanent, RateLimited, Transient
from research.ai import ledger, opinions
from research.ai.analysis import Analysis, Document, Heard, Provider
from research.ai.bounds import most_usd
from research.ai.ledger import Task
from research.ai.listening import watched
from research.ai.opinions import Subject
from research.ai.prompt import reading as question_for
from research.ai.steering import Steering, asking

# What most answers stay below: the share of one that has arrived is guessed by it.
USUAL_CHARACTERS = 8_000
# More than any answer has; only for the price, the providers know their own bound.
MOST_TOKENS = 8_000


@dataclass
class Panel:
    """The providers of one attempt: who has failed for good, and who may do better another time."""

    engine: Engine
    steering: Steering
    job: str
    subject: Subject
    document: Document
    prices: Path | None = None
    failed: dict[str, str] = field(default_factory=dict)
    passing: dict[str, Transient] = field(default_factory=dict)
    limited: list[RateLimited] = field(default_factory=list)

    def ask(self, names: Sequence[str], provider_named: Callable[[str], Provider]) -> None:
        """Ask all that have not answered this job yet; one that fails does not keep the others from being asked."""
        ledger.begin(self.engine, Task(self.job, self.job))
        there = self.answered()
        for number, name in enumerate(names):
            self.steering.progress(number, len(names), f"read by {name}")
            if name in there:
                continue
            try:
                with asking(self.steering, name):
                    self.ask_one(provider_named(name), number, len(names))
            except Permanent as error:
                self.failed[name] = str(error)
            except RateLimited as error:
                self.limited.append(error)
            except Transient as error:
                self.passing[name] = error

    def answered(self) -> dict[str, opinions.Opinion]:
        """What this job has of this document: one that was read anew since is analysed anew."""
        with reading(self.engine) as session:
            return opinions.of_job(session, self.job, self.document.sha256)

    def ask_one(self, provider: Provider, number: int, total: int) -> None:
        """Ask one provider and store what it says. Raises Permanent, Transient or RateLimited."""
        most = most_usd(provider, question_for(self.document, MOST_TOKENS), self.prices)
        task = Task(self.job, self.job)
        call = ledger.hold(self.engine, task, self.subject.title, provider, most)
        assert call is not None  # there is no limit

        def look(characters: int) -> None:
            share = min(characters / USUAL_CHARACTERS, 0.9)
            self.steering.progress(number + share, total, f"{provider.name} answers")

        watched(lambda heard: self.buy(provider, call, heard), look)

    def buy(self, provider: Provider, call: str, heard: Heard) -> Analysis:
        """Make a call that was held; its answer is stored there and then."""
        subject = replace(self.subject, document_sha256=self.document.sha256)
        return ledger.buy(
            self.engine,
            call,
            lambda: provider.analyze(self.document, heard),
            lambda analysis: analysis.usage,
            lambda session, analysis: opinions.keep(session, self.job, call, subject, analysis),
        )

    def conclude(self, *, last: bool) -> dict[str, opinions.Opinion]:
        """What the providers say. On the last attempt those that are still missing are failures, unless all are.

        Raises RateLimited or Transient where an attempt more may help, Permanent where nobody has answered for good.
        """
        if self.limited:
            raise min(self.limited, key=lambda error: error.after)
        there = self.answered()
        if self.passing and not (last and there):
            raise next(iter(self.passing.values()))
        self.failed |= {name: str(error) for name, error in self.passing.items()}
        if not there:
            raise Permanent("no provider has answered: " + "; ".join(self.failed.values()))
        return there
