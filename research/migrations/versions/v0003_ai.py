"""What AI providers answered and what it cost."""

import sqlalchemy as sa
from alembic import op

from research.column_types import Json, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create budgets, calls, and the two kinds of answers."""
    create_budgets()
    create_calls()
    create_opinions()
    create_sections()


def create_budgets() -> None:
    """Create `ai_budgets`."""
    op.create_table(
        "ai_budgets",
        sa.Column("task", sa.String(200), nullable=False),
        sa.Column("limit_nano_usd", sa.BigInteger),
        sa.Column("committed_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("task", name="pk_ai_budgets"),
    )


def create_calls() -> None:
    """Create `ai_calls`."""
    op.create_table(
        "ai_calls",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("task", sa.String(200), nullable=False),
        sa.Column("job_id", sa.String(200), nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("held_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("cost_nano_usd", sa.BigInteger),
        sa.Column("price_source", sa.String(120)),
        sa.Column("tokens_in", sa.Integer, nullable=False),
        sa.Column("tokens_out", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ai_calls"),
    )
    op.create_index("ix_ai_calls_task", "ai_calls", ["task"])
    op.create_index("ix_ai_calls_job_id", "ai_calls", ["job_id"])
    op.create_index("ix_ai_calls_provider_started_at", "ai_calls", ["provider", "started_at"])


def create_opinions() -> None:
    """Create `ai_opinions`."""
    op.create_table(
        "ai_opinions",
        sa.Column("job_id", sa.String(200), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("call_id", sa.String(26), nullable=False),
        sa.Column("paper_id", sa.String(64)),
        sa.Column("case_id", sa.String(100)),
        sa.Column("about", Json, nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("key_phrases", Json, nullable=False),
        sa.Column("findings", Json, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "provider", name="pk_ai_opinions"),
        sa.ForeignKeyConstraint(["call_id"], ["ai_calls.id"], "fk_ai_opinions_call_id"),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], "fk_ai_opinions_paper_id", ondelete="CASCADE"),
    )
    op.create_index("ix_ai_opinions_paper_id", "ai_opinions", ["paper_id"])
    op.create_index("ix_ai_opinions_case_id", "ai_opinions", ["case_id"])


def create_sections() -> None:
    """Create `ai_sections`."""
    op.create_table(
        "ai_sections",
        sa.Column("task", sa.String(200), nullable=False),
        sa.Column("term_id", sa.String(100), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("call_id", sa.String(26), nullable=False),
        sa.Column("job_id", sa.String(200), nullable=False),
        sa.Column("term", sa.Text, nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("task", "term_id", "title", name="pk_ai_sections"),
        sa.ForeignKeyConstraint(["call_id"], ["ai_calls.id"], "fk_ai_sections_call_id"),
    )
    op.create_index("ix_ai_sections_term_id_title", "ai_sections", ["term_id", "title"])
