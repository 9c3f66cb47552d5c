"""Calls that wait for the commit of their caller."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables."""
