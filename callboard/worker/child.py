"""Inside a child process: settle in, import the module of some job types, run the bodies of their attempts."""

from __future__ import annotations

import ctypes
import faulthandler
import importlib
import logging
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dramatiq
import psutil

from callboard.broker.attempt import Attempt
from callboard.jobs.errors import CallboardError, Interruption, JobSteering, Permanent
from callboard.jobs.log_lines import set_up_logging
from callboard.jobs.outcome import Outcome
from callboard.jobs.settings import load_settings
from callboard.worker.child_limits import MB, give_back_memory, interrupted_after, memory_bound, ran_out_of_memory
from callboard.worker.child_stack import prepare_stack
from callboard.worker.current import here
from callboard.worker.job_fields import JobFields
from callboard.worker.retries import Retries

PR_SET_CHILD_SUBREAPER: Final = 36  # linux/prctl.h
# What belongs to one process: the lock that guards the thread of an attempt, and what only its worker writes.
NOT_SENT: Final = frozenset(("guard", "outcome"))
log = logging.getLogger("callboard.child")


class ChildLost(CallboardError):
    """Raised when a waiting child had died before it was given the attempt; another one can take it."""


class ModuleBroken(CallboardError):
    """Raised when the module of a type cannot be imported in a child process, or sets up no broker there."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A child that has imported its module, its resident size with that, and the file for its stack."""

    pid: int
    rss_mb: int
    stack: int


@dataclass(frozen=True, slots=True)
class Report:
    """How an attempt ended in the child, the child's size after it, and whether it left threads or processes."""

    outcome: Outcome
    rss_mb: int
    littered: bool


def settle() -> None:
    """Make this process one that can be killed with all it starts, and that is killed before its worker is."""
    os.setsid()
    faulthandler.enable()
    if sys.platform == "linux":
        # What a body's programs leave behind stays below us, where it is found when we are killed.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        Path("/proc/self/oom_score_adj").write_text("500")


def prepare(module: str, log_level: int) -> Ready:
    """Import the module of some types, which sets up the broker of this process. Raises ModuleBroken."""
    try:
        importlib.import_module(module)
        broker = dramatiq.get_broker()
    except BaseException as error:
        # In words, for an exception of any other class might not survive the way to the parent.
        log.exception("cannot import %s", module)
        raise ModuleBroken(f"cannot import {module} in a child process: {type(error).__name__}: {error}") from None
    if not _deciders(broker):
        got = type(broker).__name__
        raise ModuleBroken(f"the import of {module} must set up the broker with `set_up`, got a {got} without Retries")
    set_up_logging(load_settings(), JobFields())
    logging.getLogger().setLevel(log_level)
    return Ready(os.getpid(), _rss_mb(), prepare_stack())


def perform(pid: int, fields: dict[str, Any], limit_mb: int) -> Report:
    """Run the body of an attempt and conclude it here, where its result and its exception are.

    Raises ChildLost when this is not the process that was prepared, but one that the pool put in its place.
    """
    if pid != os.getpid():
        raise ChildLost(f"the child process {pid} that was waiting for work has died")
    threads = set(threading.enumerate())
    attempt = rebuilt(fields)
    here.attempt = attempt
    try:
        outcome = _outcome(attempt, limit_mb)
    finally:
        here.attempt = None
    give_back_memory()
    littered = not set(threading.enumerate()) <= threads or _has_children()
    return Report(outcome, _rss_mb(), littered)


def plain(attempt: Attempt) -> dict[str, Any]:
    """An attempt as values that can be sent to another process."""
    names = [*vars(attempt), *Attempt.__slots__]
    return {name: getattr(attempt, name) for name in names if name not in NOT_SENT}


def rebuilt(fields: dict[str, Any]) -> Attempt:
    """An attempt from its plain values."""
    attempt = Attempt.__new__(Attempt)
    for name, value in fields.items():
        setattr(attempt, name, value)
    attempt.guard = threading.Lock()
    attempt.outcome = None
    attempt.thread = threading.get_ident()
    attempt.started_at = time.monotonic()
    return attempt


def _outcome(attempt: Attempt, limit_mb: int) -> Outcome:
    broker = dramatiq.get_broker()
    result: object = None
    error: BaseException | None = None
    try:
        actor: Any = broker.get_actor(attempt.actor_name)
        with interrupted_after(attempt.timeout_ms / 1000), memory_bound(limit_mb):
            result = actor.run_body(attempt, *attempt.args, **attempt.kwargs)
    except BaseException as raised:  # noqa: BLE001 - whatever a body raises is how its attempt ended
        error = _too_big(raised, limit_mb) if limit_mb and ran_out_of_memory(raised) else raised
    _deciders(broker)[0].after_process_message(broker, attempt, result=result, exception=error)
    outcome = attempt.outcome
    assert outcome is not None
    if error is not None and not isinstance(error, JobSteering | Interruption):
        log.error("job %s failed in its child process", attempt.message_id, exc_info=error)
    return outcome


def _deciders(broker: dramatiq.Broker) -> list[Retries]:
    return [middleware for middleware in broker.middleware if isinstance(middleware, Retries)]


def _too_big(error: BaseException, limit_mb: int) -> Permanent:
    """What is said of a body that needs too much memory: to try again would need as much."""
    permanent = memory_exceeded(limit_mb)
    permanent.__cause__ = error
    return permanent


def memory_exceeded(limit_mb: int) -> Permanent:
    """The error of a body over the memory limit of its type."""
    return Permanent(f"needs more than {limit_mb:,} MB of memory, which is the limit of its type")


def _rss_mb() -> int:
    return int(psutil.Process().memory_info().rss // MB)


def _has_children() -> bool:
    """Whether any process below this one is left, dead or alive; takes no exit status away from who waits for it."""
    if not hasattr(os, "waitid"):  # macOS, before Python 3.13
        return bool(psutil.Process().children())
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
