"""Trained models."""

import sqlalchemy as sa
from alembic import op

from research.column_types import Json, UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create `trained_models`."""
    op.create_table(
        "trained_models",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("job_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("algorithm", sa.String(40), nullable=False),
        sa.Column("recipe", Json, nullable=False),
        sa.Column("hyperparameters", Json, nullable=False),
        sa.Column("features", Json, nullable=False),
        sa.Column("classes", Json, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("left_out", Json, nullable=False),
        sa.Column("data_sha256", sa.String(64), nullable=False),
        sa.Column("libraries", Json, nullable=False),
        sa.Column("metrics", Json, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("plots", Json, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trained_models"),
        sa.UniqueConstraint("name", "version", name="uq_trained_models_name_version"),
        sa.UniqueConstraint("job_id", name="uq_trained_models_job_id"),
    )


def downgrade() -> None:
    """Drop `trained_models`."""
    op.drop_table("trained_models")
