"""What AI providers answered and what it cost."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create nothing yet."""
