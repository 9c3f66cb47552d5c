"""The table in which calls wait for the commit of their caller, and then for the relay."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from callboard.history.models import Number, Table

CALL: Final = "call"
FLOW: Final = "flow"


class OutboxRow(Table):
    """One call or flow, written by its caller and deleted once it is in Redis; times are by the database's clock."""

    __tablename__ = "job_outbox"

    seq: Mapped[int] = mapped_column(Number, primary_key=True)
    # call or flow; the id is that of the job or the flow, the body is JSON
    kind: Mapped[str] = mapped_column(String(8))
    id: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    written_ms: Mapped[int] = mapped_column(BigInteger)
    # how often it could not be pushed, why the last time, and when it is tried again
    tries: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    retry_ms: Mapped[int] = mapped_column(BigInteger, default=0)

    # Without it SQLite gives the number of a deleted row again, and a relay that deletes what it has pushed would
    # delete another call.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - as SQLAlchemy declares it
