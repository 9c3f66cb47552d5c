"""Exports and the links to them."""

import sqlalchemy as sa
from alembic import op

from research.column_types import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table of finished exports."""
    op.create_table(
        "exports",
        sa.Column("job", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("format", sa.String(10), nullable=False),
        sa.Column("file_reference", sa.String(100), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("cut_cells", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("links_until", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_exports"),
    )
    op.create_index("ix_exports_file_reference", "exports", ["file_reference"])
    op.create_index("ix_exports_expires_at", "exports", ["expires_at"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("exports")
