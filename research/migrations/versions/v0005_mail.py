"""Mail: what became of each recipient."""

import sqlalchemy as sa
from alembic import op

from research.column_types import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create `mail_recipients`."""
    op.create_table(
        "mail_recipients",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("word", sa.String(20), nullable=False),
        sa.Column("code", sa.Integer),
        sa.Column("status", sa.String(12)),
        sa.Column("said", sa.Text),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", "address", name="pk_mail_recipients"),
    )
    op.create_index("ix_mail_recipients_address_at", "mail_recipients", ["address", "at"])


def downgrade() -> None:
    """Drop what this version created."""
    op.drop_table("mail_recipients")
