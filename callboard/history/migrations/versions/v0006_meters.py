"""What the metrics count: running totals, and up to which event."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create `meters` and `meter_marks`."""
    op.create_table(
        "meters",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("labels", sa.String(300), nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name="pk_meters"),
    )
    op.create_table(
        "meter_marks",
        sa.Column("prefix", sa.String(200), nullable=False),
        sa.Column("last_id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name="pk_meter_marks"),
    )
