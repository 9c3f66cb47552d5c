"""What a worker process does when it is told to be quiet, to stop, or to show what its threads do."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import time
import traceback
from types import FrameType
from typing import Any, Final

from callboard.broker.exchange import Exchange
from callboard.worker.children import CHILDREN

STACK_MOST: Final = 10_000
THREADS_MOST: Final = 20
log = logging.getLogger("callboard.steering")


def steer(exchange: Exchange, wish: str) -> None:
    """Take no more jobs and hand back what no thread has started, take jobs again, or end as at a signal."""
    if bool(wish) != exchange.quiet:
        log.info("quiet: no more jobs are taken" if wish else "jobs are taken again")
    exchange.quiet = bool(wish)
    if wish:
        exchange.hand_back(exchange.work.take_all())
    else:
        exchange.room_made.set()
    if wish == "stop":
        end_process()


def end_process() -> None:
    """End this worker process as an operator would who signals it.

    Dramatiq's command gets the signal, for it takes a child that ends by itself for one that has died. A worker inside
    another program stays quiet: that program is not ours to end.
    """
    if multiprocessing.parent_process() is None:
        log.warning("this worker is a part of another program, which must end it; until then it is quiet")
        return
    log.info("told to stop: what runs may end within the shutdown timeout, then it is handed back")
    os.kill(os.getppid(), signal.SIGTERM)


def stacks(exchange: Exchange) -> list[dict[str, Any]]:
    """What each thread that runs a job does now, innermost call last; of a child process, innermost call first."""
    frames = sys._current_frames()  # noqa: SLF001 - the one way to another thread's frames
    now, found = time.monotonic(), []
    for attempt in list(exchange.held.values())[:THREADS_MOST]:
        stack = CHILDREN.stack(attempt.message_id) if attempt.in_child else _stack(frames.get(attempt.thread))
        if not (stack or attempt.in_child):
            continue  # read ahead, or just over
        told = {"job": attempt.message_id, "type": attempt.actor_name, "attempt": attempt.attempt}
        elapsed_ms = round((now - attempt.started_at) * 1000) if attempt.started_at else 0
        found.append({**told, "elapsed_ms": elapsed_ms, "in_child": attempt.in_child, "stack": stack})
    return found


def _stack(frame: FrameType | None) -> str:
    return "".join(traceback.format_stack(frame))[-STACK_MOST:] if frame else ""
