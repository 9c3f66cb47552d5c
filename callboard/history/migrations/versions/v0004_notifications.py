"""Webhooks, deliveries, and rules of who is told of what."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables."""
