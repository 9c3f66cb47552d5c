"""Tokens of the API, answers that are given again, bulk acts, and saved views."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables of the API."""
    create_tokens()
    create_answers()
    create_bulk_acts()
    create_views()


def create_tokens() -> None:
    """Create `api_tokens`."""
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(200)),
        sa.Column("expires_ms", sa.BigInteger),
        sa.Column("revoked_ms", sa.BigInteger),
        sa.Column("used_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
    )


def create_answers() -> None:
    """Create `api_answers`."""
    op.create_table(
        "api_answers",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.Text),
        sa.Column("body", sa.LargeBinary),
        sa.Column("began_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_api_answers"),
    )
    op.create_index("ix_api_answers_began_ms", "api_answers", ["began_ms"])


def create_bulk_acts() -> None:
    """Create `bulk_acts`."""
    op.create_table(
        "bulk_acts",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("verb", sa.String(32), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("stop_ms", sa.BigInteger),
        sa.Column("started_ms", sa.BigInteger, nullable=False),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
        sa.Column("finished_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_acts"),
    )
    op.create_index("ix_bulk_acts_started_ms", "bulk_acts", ["started_ms"])


def create_views() -> None:
    """Create `saved_views`."""
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("columns", sa.Text),
        sa.Column("created_by", sa.String(200)),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("name", name="uq_saved_views_name"),
    )
