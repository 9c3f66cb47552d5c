"""Exports and the links to them."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create nothing yet."""
