"""One verb on many jobs, in batches: throttled, stoppable, safe to repeat, telling each second how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from callboard.broker.client import Client
from callboard.broker.errors import ConnectionLost
from callboard.jobs.change import Change

BATCH: Final = 250
TELL_EVERY: Final = 1.0
# A batch is repeated after each of these seconds while the server is away; every verb may be repeated.
PATIENCE: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
Act = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb as bulk uses it: the answers that mean it was done, and those that mean it could not be.

    Any other answer is the state of a job to which it does not apply any more, for somebody was faster.
    """

    name: str
    done: frozenset[str]
    refused: frozenset[str] = frozenset()


RETRY: Final = Verb("retry", frozenset(("WAITING",)), frozenset(("HELD",)))
CANCEL: Final = Verb("cancel", frozenset(("CANCELLED", "CANCELLING")))
PROMOTE: Final = Verb("promote", frozenset(("WAITING", "waiting")))
WITHDRAW: Final = Verb("withdraw", frozenset(("WITHDRAWN",)))
REMOVE: Final = Verb("remove", frozenset(("REMOVED",)), frozenset(("IN_FLOW",)))
PRIORITY, MOVE, DELAY, TAG = (
    Verb(name, frozenset(("EDITED",)), frozenset(("CROWDED",))) for name in ("priority", "move", "delay", "tag")
)
VERBS: Final = {verb.name: verb for verb in (RETRY, CANCEL, WITHDRAW, PROMOTE, REMOVE, PRIORITY, MOVE, DELAY, TAG)}


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """How far it is: jobs done, skipped because they are in another state by now, refused, and forgotten by Redis.

    `answers` counts what was answered for those not done; `finished` tells that this is the last word, `stopped`
    that it was asked to stop before the end.
    """

    verb: str
    done: int = 0
    skipped: int = 0
    failed: int = 0
    forgotten: int = 0
    answers: Mapping[str, int] = field(default_factory=dict)
    finished: bool = False
    stopped: bool = False

    @property
    def seen(self) -> int:
        """Jobs that were tried."""
        return self.done + self.skipped + self.failed + self.forgotten


def run_bulk(
    verb: Verb,
    batches: Iterable[Sequence[str]],
    act: Act,
    *,
    limit: int | None = None,
    rate_per_s: float | None = None,
    stopped: threading.Event | None = None,
    restore: Act | None = None,
) -> Iterator[BulkProgress]:
    """Do a verb to the jobs of some batches of ids, at most `limit` of them, and tell how far it is.

    Told after each batch of 250 at most and at least each second; the last word is `finished`. `restore` enqueues
    again what Redis has forgotten and answers as `act` does. Raises ConnectionLost when the server stays away; what
    was done until then stays done, and to run it again with the same request is harmless.
    """
    stop = stopped or threading.Event()
    pace = Pace(rate_per_s)
    progress = BulkProgress(verb.name)
    ids = islice((id for batch in batches for id in batch), limit)
    while not stop.is_set() and (batch := list(islice(ids, pace.batch))):
        while (wait := pace.wait()) > 0 and not stop.wait(min(wait, TELL_EVERY)):
            yield progress
        if stop.is_set():
            break
        progress = _add(progress, verb, _answers(batch, act, restore, stop))
        pace.sent += len(batch)
        yield progress
    yield replace(progress, finished=True, stopped=stop.is_set())


def act_of(
    client: Client, verb: Verb, request: str, change: Change | None = None, from_checkpoint: bool | None = None
) -> Act:
    """What does a verb; with the same request id nothing is done twice. A change is what the changing verbs make."""
    if change is not None:
        return lambda ids: client.edit(change, *ids)
    if verb is RETRY:
        return lambda ids: client.rerun(*ids, request=request, from_checkpoint=from_checkpoint)
    methods = {CANCEL: client.cancel, WITHDRAW: client.withdraw, PROMOTE: client.promote, REMOVE: client.remove}
    return lambda ids: methods[verb](*ids)


class Pace:
    """So many jobs a second: how many at once, and how long to wait before the next batch."""

    def __init__(self, rate_per_s: float | None) -> None:
        if rate_per_s is not None and not rate_per_s > 0:
            raise ValueError(f"a rate is more than 0 jobs a second, got {rate_per_s:g}")
        self.rate = rate_per_s
        self.batch = BATCH if rate_per_s is None else max(1, min(BATCH, int(rate_per_s / 2)))
        self.sent = 0
        self.begun = time.monotonic()

    def wait(self) -> float:
        """Seconds until the next batch is due."""
        return 0.0 if self.rate is None else self.begun + self.sent / self.rate - time.monotonic()


def _answers(batch: Sequence[str], act: Act, restore: Act | None, stop: threading.Event) -> list[str]:
    """What is answered for each job of a batch, those that Redis has forgotten restored if that can be done."""
    answers = dict(zip(batch, _patiently(act, batch, stop), strict=True))
    missing = [id for id, answer in answers.items() if answer == "MISSING"]
    if missing and restore:
        answers.update(zip(missing, _patiently(restore, missing, stop), strict=True))
    return list(answers.values())


def _patiently(act: Act, batch: Sequence[str], stop: threading.Event) -> Sequence[str]:
    for pause in PATIENCE:
        try:
            return act(batch)
        except ConnectionLost:
            if stop.wait(pause):
                raise
    return act(batch)


def _add(progress: BulkProgress, verb: Verb, answers: Sequence[str]) -> BulkProgress:
    done = sum(answer in verb.done for answer in answers)
    failed = sum(answer in verb.refused for answer in answers)
    forgotten = sum(answer == "MISSING" for answer in answers)
    kinds = dict(progress.answers)
    for answer in answers:
        if answer not in verb.done:
            kinds[answer] = kinds.get(answer, 0) + 1
    return replace(
        progress,
        done=progress.done + done,
        failed=progress.failed + failed,
        forgotten=progress.forgotten + forgotten,
        skipped=progress.skipped + len(answers) - done - failed - forgotten,
        answers=kinds,
    )
