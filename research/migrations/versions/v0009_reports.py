"""The cache, aggregates, reports, and what the health check found."""

import sqlalchemy as sa
from alembic import op

from research.column_types import Json, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the four tables."""
    create_cache()
    create_aggregates()
    create_reports()
    create_failed_checks()


def create_cache() -> None:
    """Create `cache_entries`."""
    op.create_table(
        "cache_entries",
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("computed_at", UtcDateTime),
        sa.Column("computed_in_ms", sa.Integer),
        sa.Column("etag", sa.String(32)),
        sa.Column("holder", sa.String(64)),
        sa.Column("held_until", UtcDateTime),
        sa.Column("value", sa.Text),
        sa.PrimaryKeyConstraint("key", name="pk_cache_entries"),
    )
    op.create_index("ix_cache_entries_expires_at", "cache_entries", ["expires_at"])


def create_aggregates() -> None:
    """Create `analytics_aggregates`."""
    op.create_table(
        "analytics_aggregates",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("metric", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("start_at", UtcDateTime, nullable=False),
        sa.Column("end_at", UtcDateTime, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("numbers", Json, nullable=False),
        sa.PrimaryKeyConstraint("name", "metric", "position", name="pk_analytics_aggregates"),
    )


def create_reports() -> None:
    """Create `scheduled_reports`."""
    op.create_table(
        "scheduled_reports",
        sa.Column("id", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("start_at", UtcDateTime, nullable=False),
        sa.Column("end_at", UtcDateTime, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("markdown", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scheduled_reports"),
    )
    op.create_index("ix_scheduled_reports_kind_start_at", "scheduled_reports", ["kind", "start_at"])


def create_failed_checks() -> None:
    """Create `failed_checks`."""
    op.create_table(
        "failed_checks",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("since_at", UtcDateTime, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("fix", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_failed_checks"),
    )


def downgrade() -> None:
    """Drop everything this version created."""
    for table in ("failed_checks", "scheduled_reports", "analytics_aggregates", "cache_entries"):
        op.drop_table(table)
