"""Alerts: searches that are watched, the history of what was told, why something is silent, shapes of webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create `alert_watches` and `alert_firings`, and add columns to `alerts` and `webhooks`."""
    op.create_table(
        "alert_watches",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("above", sa.BigInteger, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created_by", sa.String(200)),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("count", sa.BigInteger),
        sa.Column("counted_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_alert_watches"),
        sa.UniqueConstraint("name", name="uq_alert_watches_name"),
    )
    create_firings()
    op.add_column("alerts", sa.Column("silence_note", sa.Text))
    op.add_column("webhooks", sa.Column("shape", sa.String(16)))


def create_firings() -> None:
    """Create `alert_firings`."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "alert_firings",
        sa.Column("id", number, nullable=False),
        sa.Column("key", sa.String(250), nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("fired_ms", sa.BigInteger, nullable=False),
        sa.Column("resolved_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_alert_firings"),
    )
    op.create_index("ix_alert_firings_key", "alert_firings", ["key"])
    op.create_index("ix_alert_firings_fired_ms", "alert_firings", ["fired_ms"])
