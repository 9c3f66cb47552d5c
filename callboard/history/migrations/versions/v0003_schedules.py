"""Schedules, their firings, and the recurring duties of the schedulers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables."""
    create_schedules()
    create_schedule_firings()
    create_scheduler_ticks()


def create_schedules() -> None:
    """Create `schedules`."""
    op.create_table(
        "schedules",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("type", sa.String(200), nullable=False),
        sa.Column("cron", sa.String(200)),
        sa.Column("run_at_ms", sa.BigInteger),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("queue", sa.String(200)),
        sa.Column("args", sa.Text, nullable=False),
        sa.Column("kwargs", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("on_missed", sa.String(16), nullable=False),
        sa.Column("cap", sa.Integer, nullable=False),
        sa.Column("overlap", sa.String(16), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("next_ms", sa.BigInteger),
        sa.Column("paused_ms", sa.BigInteger),
        sa.Column("paused_by", sa.String(200)),
        sa.Column("pause_note", sa.Text),
        sa.Column("disabled", sa.Text),
        sa.Column("last_ms", sa.BigInteger),
        sa.Column("last_job", sa.String(64)),
        sa.Column("fired", sa.Integer, nullable=False),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_schedules"),
    )
    op.create_index("ix_schedules_next_ms", "schedules", ["next_ms"])


def create_schedule_firings() -> None:
    """Create `schedule_firings`."""
    op.create_table(
        "schedule_firings",
        sa.Column("schedule", sa.String(100), nullable=False),
        sa.Column("planned_ms", sa.BigInteger, nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.String(200)),
        sa.Column("decided_ms", sa.BigInteger, nullable=False),
        sa.Column("settled_ms", sa.BigInteger),
        sa.Column("late_ms", sa.BigInteger, nullable=False),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("schedule", "planned_ms", name="pk_schedule_firings"),
    )
    op.create_index("ix_schedule_firings_decided_ms", "schedule_firings", ["decided_ms"])
    op.create_index("ix_schedule_firings_settled_ms_planned_ms", "schedule_firings", ["settled_ms", "planned_ms"])


def create_scheduler_ticks() -> None:
    """Create `scheduler_ticks`."""
    op.create_table(
        "scheduler_ticks",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(200)),
        sa.Column("held_until_ms", sa.BigInteger, nullable=False),
        sa.Column("due_ms", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger),
        sa.Column("took_ms", sa.BigInteger),
        sa.Column("failure", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_scheduler_ticks"),
    )
