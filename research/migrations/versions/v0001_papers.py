"""Papers with their pages, sections, quantities, analyses and passages, and the log of sent mails."""

import sqlalchemy as sa
from alembic import op

from research.column_types import Json, UtcDateTime

revision = "0001"
down_revision = None


def of_paper() -> sa.Column[str]:
    """A new column that ties a row to its paper."""
    return sa.Column("paper_id", sa.String(64), nullable=False)


def dies_with_paper(table: str) -> sa.ForeignKeyConstraint:
    """The constraint that belongs to `of_paper`."""
    return sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], f"fk_{table}_paper_id", ondelete="CASCADE")


def upgrade() -> None:
    """Create the first tables."""
    create_papers()
    create_parts_of_papers()
    create_analyses()
    create_chunks()
    create_sent_mails()


def create_papers() -> None:
    """Create `papers`."""
    op.create_table(
        "papers",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("file_reference", sa.String(100)),
        sa.Column("sha256", sa.String(64)),
        sa.Column("title", sa.Text),
        sa.Column("authors", Json, nullable=False),
        sa.Column("year", sa.Integer),
        sa.Column("doi", sa.String(300)),
        sa.Column("language", sa.String(12)),
        sa.Column("page_count", sa.Integer, nullable=False),
        sa.Column("reference_count", sa.Integer),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_papers"),
    )
    op.create_index("ix_papers_sha256", "papers", ["sha256"])
    op.create_index("ix_papers_doi", "papers", ["doi"])


def create_parts_of_papers() -> None:
    """Create pages, sections and quantities."""
    op.create_table(
        "paper_pages",
        of_paper(),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("paper_id", "page", name="pk_paper_pages"),
        dies_with_paper("paper_pages"),
    )
    op.create_table(
        "paper_sections",
        of_paper(),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("paper_id", "position", name="pk_paper_sections"),
        dies_with_paper("paper_sections"),
    )
    op.create_table(
        "paper_quantities",
        of_paper(),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("max", sa.Float),
        sa.Column("comparator", sa.String(4)),
        sa.Column("plus_minus", sa.Float),
        sa.Column("unit", sa.String(100), nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("paper_id", "position", name="pk_paper_quantities"),
        dies_with_paper("paper_quantities"),
    )
    op.create_index("ix_paper_quantities_unit", "paper_quantities", ["unit"])


def create_analyses() -> None:
    """Create `paper_analyses`."""
    op.create_table(
        "paper_analyses",
        sa.Column("id", sa.Integer, nullable=False),
        of_paper(),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("key_phrases", Json, nullable=False),
        sa.Column("findings", Json, nullable=False),
        sa.Column("tokens_in", sa.Integer, nullable=False),
        sa.Column("tokens_out", sa.Integer, nullable=False),
        sa.Column("cost_usd", sa.Float),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_paper_analyses"),
        sa.UniqueConstraint("paper_id", "provider", "model", name="uq_paper_analyses_paper_id_provider_model"),
        dies_with_paper("paper_analyses"),
    )
    op.create_index("ix_paper_analyses_created_at", "paper_analyses", ["created_at"])


def create_chunks() -> None:
    """Create `paper_chunks`."""
    op.create_table(
        "paper_chunks",
        sa.Column("id", sa.Integer, nullable=False),
        of_paper(),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("words", sa.Integer, nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_paper_chunks"),
        sa.UniqueConstraint("paper_id", "position", name="uq_paper_chunks_paper_id_position"),
        dies_with_paper("paper_chunks"),
    )
    op.create_index("ix_paper_chunks_model", "paper_chunks", ["model"])


def create_sent_mails() -> None:
    """Create `sent_mails`."""
    op.create_table(
        "sent_mails",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(255), nullable=False),
        sa.Column("recipients", Json, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("template", sa.String(80)),
        sa.Column("transport", sa.String(20), nullable=False),
        sa.Column("sent_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sent_mails"),
    )
    op.create_index("ix_sent_mails_sent_at", "sent_mails", ["sent_at"])


def downgrade() -> None:
    """Drop everything this version created."""
    for table in (
        "sent_mails",
        "paper_chunks",
        "paper_analyses",
        "paper_quantities",
        "paper_sections",
        "paper_pages",
        "papers",
    ):
        op.drop_table(table)
