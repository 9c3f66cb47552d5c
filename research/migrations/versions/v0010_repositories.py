"""Archives and repositories."""

import sqlalchemy as sa
from alembic import op

from research.column_types import Json, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the tables of archives and of analysed repositories."""
    create_archives()
    create_repo_analyses()


def create_archives() -> None:
    """Create `archives`."""
    op.create_table(
        "archives",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("files", Json, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("kept", sa.Integer, nullable=False),
        sa.Column("older_than", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("deleted_at", UtcDateTime),
        sa.Column("restored_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_archives"),
        sa.UniqueConstraint("source", "number", name="uq_archives_source_number"),
    )


def create_repo_analyses() -> None:
    """Create `repo_analyses`."""
    op.create_table(
        "repo_analyses",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("repository", sa.String(500), nullable=False),
        sa.Column("commit", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(100), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("commits", sa.Integer, nullable=False),
        sa.Column("authors", sa.Integer, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("language", sa.String(60)),
        sa.Column("licence", sa.String(60)),
        sa.Column("health", sa.Float, nullable=False),
        sa.Column("report_file", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_repo_analyses"),
        sa.UniqueConstraint("repository", "commit", "scope", name="uq_repo_analyses_repository_commit_scope"),
    )
    op.create_index("ix_repo_analyses_created_at", "repo_analyses", ["created_at"])
