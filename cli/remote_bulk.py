"""A verb on all jobs of a search over the API: asked how many it would be, begun over there, followed to its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Final

from callboard.history.bulk import BulkProgress
from cli.api import Api
from cli.asking import confirm_many
from cli.bulk import exit_code, in_words, values, watched
from cli.failures import FAILED, Stop
from cli.output import Out

LOOK_EVERY: Final = 0.5
COUNTS: Final = ("done", "skipped", "failed", "forgotten")


def act_there(out: Out, api: Api, body: dict[str, Any], words: tuple[str, str], *, yes: bool) -> int:
    """Do a verb to the jobs of a search after asking, and show how far it is; the exit code.

    `words` are the verb as an order and in the past. Raises Refused, Stop, ConnectionLost.
    """
    order, past = words
    body = {name: value for name, value in body.items() if value is not None}
    total = api.send("POST", "/bulk", json=body | {"dry_run": True})[1]["options"]["total"]
    if total == 0:
        out.say("no such jobs")
        return 0
    known = f"{total:,} job{'' if total == 1 else 's'}" if total is not None else "more jobs than are quickly counted"
    confirm_many(f"{order.capitalize()} {known}", total or 0, yes)
    act = api.send("POST", "/bulk", json=body)[1]
    last = watched(out, lambda stopped: followed(api, act, stopped), past, total or 0)
    told = ("stopped: " if last.stopped else "") + in_words(last, past)
    out.page({"bulk": act["id"], **values(last)}, lambda: out.say(told))
    return exit_code(last)


def followed(api: Api, act: dict[str, Any], stopped: threading.Event) -> Iterator[BulkProgress]:
    """How far a bulk act is, twice a second until it is over; it is told to stop when somebody here is. Raises Stop."""
    told = False
    while act["state"] == "running":
        yield progress(act)
        if stopped.wait(0.0 if told else LOOK_EVERY) and not told:
            api.send("DELETE", f"/bulk/{act['id']}")
            told = True
        elif told:
            threading.Event().wait(LOOK_EVERY)
        act = api.get(f"/bulk/{act['id']}")
    if act["state"] in ("failed", "interrupted"):
        raise Stop(FAILED, f"it was not done to the end: {act['error'] or act['state']}")
    yield progress(act)


def progress(act: dict[str, Any]) -> BulkProgress:
    """How far a bulk act is."""
    counts: dict[str, Any] = {name: int(act["counts"].get(name) or 0) for name in COUNTS}
    counts["answers"] = act["counts"].get("answers") or {}
    over = act["state"] != "running"
    return BulkProgress(act["verb"], **counts, finished=over, stopped=act["state"] == "stopped")
