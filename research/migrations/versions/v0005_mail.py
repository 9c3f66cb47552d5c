"""Mail: batches and what became of each recipient."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create nothing yet."""
