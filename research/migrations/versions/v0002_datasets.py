"""Datasets: named tables of rows that imports fill and other jobs read."""

import sqlalchemy as sa
from alembic import op

from research.column_types import Json, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create datasets and their rows."""
    op.create_table(
        "datasets",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("keys", Json, nullable=False),
        sa.Column("columns", Json, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_datasets"),
    )
    op.create_table(
        "dataset_rows",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dataset", sa.String(64), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("values", Json, nullable=False),
        sa.Column("source", sa.String(64)),
        sa.Column("sheet", sa.String(100)),
        sa.Column("line", sa.Integer),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_rows"),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.name"], "fk_dataset_rows_dataset", ondelete="CASCADE"),
        sa.UniqueConstraint("dataset", "key", name="uq_dataset_rows_dataset_key"),
    )
    op.create_index("ix_dataset_rows_dataset_id", "dataset_rows", ["dataset", "id"])
    op.create_index("ix_dataset_rows_source", "dataset_rows", ["source"])
