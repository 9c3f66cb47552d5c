"""Cancel a job or run it again, whichever door the wish came through."""

from __future__ import annotations

from callboard.broker.client import require
from callboard.jobs.identity import kept_id
from web.audit import note
from web.services import here


def cancel(id: str) -> bool:
    """Cancel a job; False where it runs, and was asked to stop. Raises JobMissing, NotPossible where it is over."""
    known = kept_id(id)
    stage = require("cancel", known, here().client.cancel(known)[0], "CANCELLED", "CANCELLING")
    note("cancel", known)
    return stage == "CANCELLED"


def retry(id: str) -> None:
    """Run a finished job again. Raises JobMissing, NotPossible where it is not over, or its unique key is held."""
    known = kept_id(id)
    require("retry", known, here().client.rerun(known)[0], "WAITING")
    note("retry", known)
