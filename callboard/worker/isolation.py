"""Run the body of an attempt in a child process, and end that when its job must stop."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from callboard.broker.attempt import Attempt
from callboard.jobs.errors import ChildDied, JobCancelled, JobTimeout, LeaseLost, Transient, WorkerStopping
from callboard.jobs.outcome import Outcome
from callboard.worker.child import ChildLost, memory_exceeded
from callboard.worker.child_process import Child
from callboard.worker.children import CHILDREN

DEFAULT_MEMORY_MB: Final = 1024
LOOK_EVERY: Final = 0.1


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a child is given before it is killed."""

    after_limit: float = 4.8
    """To end by itself once the time limit has interrupted it; a body is gone within 5 s, killing included."""
    after_cancel: float = 5.0
    """To come to its next call of `progress` once its job is cancelled."""
    to_start: float = 60.0
    """To start and import its module."""


PATIENCE: Final = Patience()


def run_in_child(attempt: Attempt, actor: Any, patience: Patience = PATIENCE) -> Outcome:
    """Run the body of an attempt in a child process and return its outcome, which is concluded there.

    Raises what becomes of the job where the child had to be killed: JobTimeout, JobCancelled, LeaseLost,
    WorkerStopping, Permanent over its memory limit; ChildDied where it died, Transient where it cannot start,
    and what the import of the module raised.
    """
    with attempt.guard:
        # The thread only waits: what ends the attempt is done to the child, nothing is to be raised in here.
        attempt.in_child, attempt.thread = True, 0
    module = actor.fn.__module__
    exchange = actor.broker.exchange
    child = CHILDREN.take(module, exchange.threads if exchange else os.cpu_count() or 1)
    if child:
        try:
            return _attempt_in(child, attempt, _memory_limit(attempt, actor), patience)
        except ChildLost:
            pass  # It had died while it waited for work, which is no fault of this job.
    child = _started(CHILDREN.new(module), attempt, patience)
    try:
        return _attempt_in(child, attempt, _memory_limit(attempt, actor), patience)
    except ChildLost as error:
        raise ChildDied(str(error)) from None


def close_children() -> None:
    """End all children of this worker; safe to repeat. Attempts that still run in them are handed back."""
    CHILDREN.close()


def _memory_limit(attempt: Attempt, actor: Any) -> int:
    """The limit in MB, 0 for none: a suspect of a type that runs in threads was never measured against the default."""
    return attempt.memory_mb or (DEFAULT_MEMORY_MB if actor.isolated else 0)


def _started(child: Child, attempt: Attempt, patience: Patience) -> Child:
    """A new child, ready for the attempt."""
    deadline = time.monotonic() + patience.to_start
    with _ended_on_error(child):
        try:
            child.prepare()
            for _ in _until_done(child, attempt, patience):
                if time.monotonic() > deadline:
                    raise Transient(f"a child process for {child.module} was not ready in {patience.to_start:g} s")
            child.prepared()
        except ChildLost as error:
            raise Transient(f"a child process for {child.module} did not start; its log says why: {error}") from None
    return child


def _attempt_in(child: Child, attempt: Attempt, limit_mb: int, patience: Patience) -> Outcome:
    """The outcome of the attempt in a child that is ready."""
    limit = attempt.timeout_ms / 1000
    deadline = time.monotonic() + limit + patience.after_limit
    with _ended_on_error(child):
        child.perform(attempt, limit_mb)
        for _ in _until_done(child, attempt, patience):
            if limit and time.monotonic() > deadline:
                raise JobTimeout(f"ran over its time limit of {limit:g} s and could not be interrupted: killed")
            resident_mb = child.resident_mb()
            if limit_mb and resident_mb > limit_mb:
                raise memory_exceeded(limit_mb)
        report = child.report()
    CHILDREN.give_back(child)
    return report.outcome


def _until_done(child: Child, attempt: Attempt, patience: Patience) -> Iterator[None]:
    """Come back ten times a second until the child is through. Raises what ends the wait before that."""
    cancelled_at = None
    while not child.wait(LOOK_EVERY):
        if attempt.lost:
            raise LeaseLost(f"the lease of job {attempt.message_id} was lost")
        if attempt.stop or child.closing:
            raise WorkerStopping(f"job {attempt.message_id} is handed back: its worker stops")
        if attempt.cancelled:
            cancelled_at = cancelled_at or time.monotonic()
            if time.monotonic() - cancelled_at > patience.after_cancel:
                raise JobCancelled(f"job {attempt.message_id} was cancelled and did not stop by itself: killed")
        else:
            cancelled_at = None
        yield


@contextlib.contextmanager
def _ended_on_error(child: Child) -> Iterator[None]:
    """End a child where anything goes wrong with it: what it holds and what it would answer is not known then."""
    try:
        yield
    except BaseException as error:
        closed = child.closing
        CHILDREN.discard(child)
        if closed and isinstance(error, ChildDied | ChildLost):
            raise WorkerStopping("the job is handed back: the children of its worker were closed") from None
        raise
