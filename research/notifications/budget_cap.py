"""The cap of a month's cost that administrators have set, for whoever watches it from outside."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from callboard.history.database import reading
from research.notifications.rules import rules


def cap_usd(engine: Engine) -> float | None:
    """US dollars a month, None where no cap is set or the database does not answer."""
    try:
        with reading(engine) as session:
            return rules(session)["budget"].numbers["usd"] or None
    except DBAPIError:
        return None
