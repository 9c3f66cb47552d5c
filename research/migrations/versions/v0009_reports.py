"""The cache, aggregates and reports."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create nothing yet."""
