"""Datasets: named tables of rows that imports fill and other jobs read."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create nothing yet."""
