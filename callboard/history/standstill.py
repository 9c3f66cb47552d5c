"""A limit to how long a process that is stopped in the middle of a transaction keeps others from its rows."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

LIMIT: Final = "SET LOCAL idle_in_transaction_session_timeout = '5s'"


def limit_standstill(session: Session) -> None:
    """Have this transaction rolled back by the server when nothing is asked in it for five seconds.

    SQLite has no such limit: there, others wait until the process goes on or is gone.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(LIMIT))
