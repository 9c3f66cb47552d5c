"""Webhooks, deliveries, and rules of who is told of what."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables."""
    create_webhooks()
    create_webhook_deliveries()
    create_webhook_attempts()
    create_notices()
    create_notification_rules()
    create_alerts()
    create_failure_notices()
    create_notifier_positions()


def create_webhooks() -> None:
    """Create `webhooks`."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("types", sa.Text, nullable=False),
        sa.Column("queues", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("old_secret", sa.Text),
        sa.Column("old_until_ms", sa.BigInteger),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("failing_ms", sa.BigInteger),
        sa.Column("delivered_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_digest", "webhooks", ["digest"])


def create_webhook_deliveries() -> None:
    """Create `webhook_deliveries`."""
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("webhook", sa.String(40), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("tried_ms", sa.BigInteger),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
    )
    op.create_index("ix_webhook_deliveries_created_ms", "webhook_deliveries", ["created_ms"])
    op.create_index("ix_webhook_deliveries_webhook_id", "webhook_deliveries", ["webhook", "id"])


def create_webhook_attempts() -> None:
    """Create `webhook_attempts`."""
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("took_ms", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("excerpt", sa.Text),
        sa.PrimaryKeyConstraint("delivery", "number", name="pk_webhook_attempts"),
    )


def create_notices() -> None:
    """Create `notices`."""
    op.create_table(
        "notices",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("audience", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("job", sa.String(64)),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("read_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_at_ms", "notices", ["at_ms"])
    op.create_index("ix_notices_audience_id", "notices", ["audience", "id"])


def create_notification_rules() -> None:
    """Create `notification_rules`."""
    op.create_table(
        "notification_rules",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("enabled", sa.Boolean),
        sa.Column("channels", sa.Text),
        sa.Column("addresses", sa.Text),
        sa.Column("numbers", sa.Text),
        sa.Column("silenced_until_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("name", name="pk_notification_rules"),
    )


def create_alerts() -> None:
    """Create `alerts`."""
    op.create_table(
        "alerts",
        sa.Column("key", sa.String(250), nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("advice", sa.Text, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
        sa.Column("fired_ms", sa.BigInteger),
        sa.Column("resolved_ms", sa.BigInteger),
        sa.Column("silenced_until_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("key", name="pk_alerts"),
    )
    op.create_index("ix_alerts_resolved_ms", "alerts", ["resolved_ms"])


def create_failure_notices() -> None:
    """Create `failure_notices`."""
    op.create_table(
        "failure_notices",
        sa.Column("fingerprint", sa.String(16), nullable=False),
        sa.Column("type", sa.String(200), nullable=False),
        sa.Column("error_type", sa.String(200), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("sample_job", sa.String(64), nullable=False),
        sa.Column("untold", sa.Integer, nullable=False),
        sa.Column("untold_since_ms", sa.BigInteger),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sa.Column("told_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_failure_notices"),
    )
    op.create_index("ix_failure_notices_untold_since_ms", "failure_notices", ["untold_since_ms"])


def create_notifier_positions() -> None:
    """Create `notifier_positions`."""
    op.create_table(
        "notifier_positions",
        sa.Column("prefix", sa.String(200), nullable=False),
        sa.Column("epoch", sa.String(64), nullable=False),
        sa.Column("last_id", sa.String(40), nullable=False),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("prefix", name="pk_notifier_positions"),
    )
