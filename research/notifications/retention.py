"""How long notices, deliveries and what is remembered of conditions and faults are kept."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Engine

from callboard.history.database import writing
from research.notifications import alerts, failures, firings, notices
from research.webhooks import log

DAY_MS: Final = 86_400_000
KEEP_NOTICES_MS: Final = 90 * DAY_MS
KEEP_MS: Final = 30 * DAY_MS


def forget_old(engine: Engine, now_ms: int) -> bool:
    """Remove what is older than its time, one batch of each; whether there may be more."""
    with writing(engine) as session:
        gone = notices.forget(session, now_ms - KEEP_NOTICES_MS)
        gone += log.forget(session, now_ms - KEEP_MS)
        gone += failures.forget(session, now_ms - KEEP_MS)
        alerts.forget(session, now_ms - KEEP_MS)
        firings.forget(session, now_ms - KEEP_NOTICES_MS)
    return bool(gone)
