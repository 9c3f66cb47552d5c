"""Experiments with their readings and metrics."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create nothing yet."""
