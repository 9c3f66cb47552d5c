"""Calls that wait for the commit of their caller."""

import sqlalchemy as sa
from alembic import op

from callboard.history.models import Number

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create `job_outbox`."""
    op.create_table(
        "job_outbox",
        sa.Column("seq", Number, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("retry_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_job_outbox"),
        sqlite_autoincrement=True,
    )
