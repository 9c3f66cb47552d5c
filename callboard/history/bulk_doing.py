"""Do a bulk act from its first batch to its last word, telling each second how far it is."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from sqlalchemy import Engine

from callboard.broker.announce import announce
from callboard.broker.client import Client
from callboard.history.bulk import TELL_EVERY, VERBS, BulkProgress, act_of, run_bulk
from callboard.history.bulk_acts import BulkAct, note_failure, note_progress
from callboard.history.bulk_changes import change_of
from callboard.history.forgotten import restore_of
from callboard.jobs.clock import wall_ms

log: Final = logging.getLogger("callboard.bulk")
Told = Callable[[BulkAct, BulkProgress], None]


def do_bulk(engine: Engine, client: Client, act: BulkAct, ids: Iterable[Sequence[str]], stop: threading.Event) -> None:
    """Do it to some batches of jobs until the end, until it is asked to stop, or until `stop`; nothing is raised.

    To do the same act again is harmless: its id is the request id of each of its jobs.
    """
    verb, told_at = VERBS[act.verb], 0.0
    limit, rate = act.options.get("limit"), act.options.get("rate_per_s")
    start = act.options.get("from_checkpoint")
    restore = restore_of(engine, client, act.id, from_checkpoint=start) if act.verb == "retry" else None
    try:
        run = run_bulk(
            verb,
            ids,
            act_of(client, verb, act.id, change_of(act.verb, act.options), start),
            limit=limit,
            rate_per_s=rate,
            stopped=stop,
            restore=restore,
        )
        for progress in run:
            if progress.finished or time.monotonic() - told_at >= TELL_EVERY:
                told_at = time.monotonic()
                if _tell(engine, client, act, progress):
                    stop.set()
    except Exception as error:  # the outermost loop of its thread: what went wrong is shown where progress is
        log.exception("bulk act %s has failed", act.id)
        note_failure(engine, act.id, f"{type(error).__name__}: {error}", wall_ms())


def _tell(engine: Engine, client: Client, act: BulkAct, progress: BulkProgress) -> bool:
    """Keep and announce how far it is; whether it was asked to stop."""
    stopping = note_progress(engine, act.id, progress, wall_ms())
    event = "bulk:finished" if progress.finished else "bulk:progress"
    counts = {"done": progress.done, "seen": progress.seen, "stopped": progress.stopped}
    announce(client.links, event, act.id, {"verb": act.verb, **counts})
    return stopping
