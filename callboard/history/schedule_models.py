"""The SQL tables of schedules: what is due when, what became of each time, and who looks after the machinery."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from callboard.history.models import Table


class ScheduleRow(Table):
    """A schedule as it was given, when it is due next, and whether somebody or something holds it."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    type: Mapped[str] = mapped_column(String(200))
    cron: Mapped[str | None] = mapped_column(String(200))
    run_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    zone: Mapped[str] = mapped_column(String(64))
    queue: Mapped[str | None] = mapped_column(String(200))
    args: Mapped[str] = mapped_column(Text)
    kwargs: Mapped[str] = mapped_column(Text)
    options: Mapped[str] = mapped_column(Text)
    on_missed: Mapped[str] = mapped_column(String(16))
    cap: Mapped[int] = mapped_column(Integer)
    overlap: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    created_ms: Mapped[int] = mapped_column(BigInteger)
    changed_ms: Mapped[int] = mapped_column(BigInteger)
    # Empty once a single time is over.
    next_ms: Mapped[int | None] = mapped_column(BigInteger, index=True)
    paused_ms: Mapped[int | None] = mapped_column(BigInteger)
    paused_by: Mapped[str | None] = mapped_column(String(200))
    pause_note: Mapped[str | None] = mapped_column(Text)
    # Why no job can be made of it; empty while one can.
    disabled: Mapped[str | None] = mapped_column(Text)
    last_ms: Mapped[int | None] = mapped_column(BigInteger)
    last_job: Mapped[str | None] = mapped_column(String(64))
    fired: Mapped[int] = mapped_column(Integer)
    passed: Mapped[int] = mapped_column(Integer)


class FiringRow(Table):
    """One time of a schedule, and the job it gets; that there is one row for it is what makes it fire once."""

    __tablename__ = "schedule_firings"

    schedule: Mapped[str] = mapped_column(String(100), primary_key=True)
    planned_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    job_id: Mapped[str] = mapped_column(String(64))
    # due, then fired, skipped, missed or refused
    state: Mapped[str] = mapped_column(String(16))
    # Who asked for it by hand.
    asked_by: Mapped[str | None] = mapped_column(String(200))
    decided_ms: Mapped[int] = mapped_column(BigInteger)
    settled_ms: Mapped[int | None] = mapped_column(BigInteger)
    late_ms: Mapped[int] = mapped_column(BigInteger)
    # How many times before it passed without a job.
    passed: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str | None] = mapped_column(Text)

    # What is still to be settled is looked for each second, and is a handful of rows.
    __table_args__ = (Index(None, "settled_ms", "planned_ms"), Index(None, "decided_ms"))


class TickRow(Table):
    """A recurring duty of the schedulers: which of them does it now, and how the last time went."""

    __tablename__ = "scheduler_ticks"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(200))
    held_until_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int | None] = mapped_column(BigInteger)
    took_ms: Mapped[int | None] = mapped_column(BigInteger)
    failure: Mapped[str | None] = mapped_column(Text)
