"""Experiments with their readings, metrics and reports."""

import sqlalchemy as sa
from alembic import op

from research.column_types import Json, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables of experiments."""
    create_experiments()
    create_readings()
    create_metrics()
    create_reports()


def create_experiments() -> None:
    """Create `experiments`."""
    op.create_table(
        "experiments",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("file_reference", sa.String(100), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sheet", sa.Text),
        sa.Column("run", sa.String(40), nullable=False),
        sa.Column("readings", sa.Integer, nullable=False),
        sa.Column("columns", Json, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("quality", Json, nullable=False),
        sa.Column("started_at", UtcDateTime),
        sa.Column("calculated", Json),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_experiments"),
    )
    op.create_index("ix_experiments_created_at", "experiments", ["created_at"])


def create_readings() -> None:
    """Create `experiment_readings`."""
    op.create_table(
        "experiment_readings",
        sa.Column("experiment_id", sa.String(64), nullable=False),
        sa.Column("run", sa.String(40), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("values", Json, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "run", "line", name="pk_experiment_readings"),
    )


def create_metrics() -> None:
    """Create `experiment_metrics`."""
    op.create_table(
        "experiment_metrics",
        sa.Column("experiment_id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("curve", sa.Text, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("inputs", Json, nullable=False),
        sa.Column("missing", sa.Text),
        sa.PrimaryKeyConstraint("experiment_id", "position", name="pk_experiment_metrics"),
        dies_with_experiment("experiment_metrics"),
    )
    op.create_index("ix_experiment_metrics_name", "experiment_metrics", ["name"])


def create_reports() -> None:
    """Create `experiment_reports`."""
    op.create_table(
        "experiment_reports",
        sa.Column("experiment_id", sa.String(64), nullable=False),
        sa.Column("format", sa.String(10), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "format", name="pk_experiment_reports"),
        dies_with_experiment("experiment_reports"),
    )


def dies_with_experiment(table: str) -> sa.ForeignKeyConstraint:
    """The constraint that ties the rows of a table to their experiment."""
    return sa.ForeignKeyConstraint(
        ["experiment_id"], ["experiments.id"], f"fk_{table}_experiment_id", ondelete="CASCADE"
    )


def downgrade() -> None:
    """Drop the tables of experiments."""
    for table in ("experiment_reports", "experiment_metrics", "experiment_readings", "experiments"):
        op.drop_table(table)
