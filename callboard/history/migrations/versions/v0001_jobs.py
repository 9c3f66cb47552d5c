"""Jobs with their attempts, failures and progress, flows, audit lines, and how far the stream is recorded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from callboard.history.models import Number

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    create_background_jobs()
    index_background_jobs()
    create_job_terms()
    create_job_attempts()
    create_job_failures()
    create_failure_groups()
    create_job_progress()
    create_flows()
    create_audit_lines()
    create_recorder_positions()


def create_background_jobs() -> None:
    """Create `background_jobs`."""
    op.create_table(
        "background_jobs",
        sa.Column("number", Number, nullable=False),
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("type", sa.String(200), nullable=False),
        sa.Column("queue", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("enqueued_ms", sa.BigInteger, nullable=False),
        sa.Column("due_ms", sa.BigInteger),
        sa.Column("started_ms", sa.BigInteger),
        sa.Column("finished_ms", sa.BigInteger),
        sa.Column("wait_ms", sa.BigInteger),
        sa.Column("run_ms", sa.BigInteger),
        sa.Column("cost_usd", sa.Float),
        sa.Column("reason", sa.String(64)),
        sa.Column("error_class", sa.String(16)),
        sa.Column("fingerprint", sa.String(16)),
        sa.Column("worker", sa.String(200)),
        sa.Column("user", sa.String(200)),
        sa.Column("schedule", sa.String(200)),
        sa.Column("flow", sa.String(200)),
        sa.Column("step", sa.String(200)),
        sa.Column("blocked_by", sa.String(200)),
        sa.Column("error_type", sa.String(200)),
        sa.Column("unique_key", sa.Text),
        sa.Column("tags", sa.Text),
        sa.Column("meta", sa.Text),
        sa.Column("args", sa.Text),
        sa.Column("kwargs", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("progress", sa.Text),
        sa.Column("result", sa.Text),
        sa.Column("checkpoint", sa.Text),
        sa.Column("rest", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_background_jobs"),
        sa.UniqueConstraint("id", name="uq_background_jobs_id"),
    )


def index_background_jobs() -> None:
    """Index `background_jobs`: whole indexes, and those of the jobs that have a value in a column."""
    for columns in (
        ["state", "number"],
        ["type", "state", "number"],
        ["queue", "state", "number"],
        ["enqueued_ms", "number"],
    ):
        op.create_index(f"ix_background_jobs_{'_'.join(columns)}", "background_jobs", columns)
    for columns in (
        ["finished_ms", "number"],
        ["flow", "number"],
        ["user", "number"],
        ["schedule", "number"],
        ["fingerprint", "number"],
        ["error_class", "number"],
    ):
        known = sa.column(columns[0]).is_not(None)
        name = f"ix_background_jobs_{'_'.join(columns)}"
        op.create_index(name, "background_jobs", columns, sqlite_where=known, postgresql_where=known)


def create_job_terms() -> None:
    """Create `job_terms`, what jobs are found by beside their columns, and what reads JSON that may be damaged."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE job_terms USING fts5(terms, tokenize = 'ascii', detail = none, columnsize = 0)"
        )
        return
    op.create_table(
        "job_terms",
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("terms", postgresql.ARRAY(sa.BigInteger), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_job_terms"),
    )
    # A search looks through the list of what is not merged yet, so that it is kept short (in kB).
    shorter = {"gin_pending_list_limit": 1024}
    op.create_index("ix_job_terms_terms", "job_terms", ["terms"], postgresql_using="gin", postgresql_with=shorter)
    op.execute(
        """
        CREATE FUNCTION callboard_json(kept text) RETURNS jsonb
        LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
        BEGIN
          RETURN kept::jsonb;
        EXCEPTION WHEN others THEN
          RETURN NULL;
        END $$
        """
    )


def create_job_attempts() -> None:
    """Create `job_attempts`."""
    op.create_table(
        "job_attempts",
        sa.Column("job_id", sa.String(200), nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(200)),
        sa.Column("started_ms", sa.BigInteger),
        sa.Column("ended_ms", sa.BigInteger),
        sa.Column("outcome", sa.String(16)),
        sa.PrimaryKeyConstraint("job_id", "fence", name="pk_job_attempts"),
    )


def create_job_failures() -> None:
    """Create `job_failures`."""
    op.create_table(
        "job_failures",
        sa.Column("job_id", sa.String(200), nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("type", sa.String(200), nullable=False),
        sa.Column("queue", sa.String(200), nullable=False),
        sa.Column("final", sa.Boolean, nullable=False),
        sa.Column("error_class", sa.String(16), nullable=False),
        sa.Column("error_type", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("traceback", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "fence", name="pk_job_failures"),
    )
    counted_by = ["at_ms", "type", "queue", "error_class", "final", "fingerprint"]
    op.create_index("ix_job_failures_statistics", "job_failures", counted_by)
    op.create_index("ix_job_failures_fingerprint_at_ms", "job_failures", ["fingerprint", "at_ms"])


def create_failure_groups() -> None:
    """Create `failure_groups`."""
    op.create_table(
        "failure_groups",
        sa.Column("fingerprint", sa.String(16), nullable=False),
        sa.Column("error_class", sa.String(16), nullable=False),
        sa.Column("error_type", sa.String(200), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("frame", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("first_ms", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sa.Column("sample_job", sa.String(200), nullable=False),
        sa.Column("types", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("status_ms", sa.BigInteger),
        sa.Column("ignored_until_ms", sa.BigInteger),
        sa.Column("discarded_ms", sa.BigInteger),
        sa.Column("assignee", sa.String(200)),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_failure_groups"),
    )
    op.create_index("ix_failure_groups_last_ms", "failure_groups", ["last_ms"])


def create_job_progress() -> None:
    """Create `job_progress`."""
    op.create_table(
        "job_progress",
        sa.Column("job_id", sa.String(200), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("percent", sa.Float),
        sa.Column("progress", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "at_ms", name="pk_job_progress"),
    )


def create_flows() -> None:
    """Create `flows`."""
    op.create_table(
        "flows",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("jobs", sa.Integer, nullable=False),
        sa.Column("started_ms", sa.BigInteger, nullable=False),
        sa.Column("finished_ms", sa.BigInteger),
        sa.Column("broken", sa.String(200)),
        sa.Column("on_failure", sa.String(200)),
        sa.Column("meta", sa.Text),
        sa.Column("graph", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_flows"),
    )
    op.create_index("ix_flows_state_id", "flows", ["state", "id"])


def create_audit_lines() -> None:
    """Create `audit_lines`."""
    op.create_table(
        "audit_lines",
        sa.Column("id", Number, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("verb", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("origin", sa.String(200)),
        sa.Column("request_id", sa.String(64)),
        sa.Column("detail", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_audit_lines"),
    )
    op.create_index("ix_audit_lines_at_ms", "audit_lines", ["at_ms"])


def create_recorder_positions() -> None:
    """Create `recorder_positions`."""
    op.create_table(
        "recorder_positions",
        sa.Column("prefix", sa.String(200), nullable=False),
        sa.Column("epoch", sa.String(64), nullable=False),
        sa.Column("last_id", sa.String(40), nullable=False),
        sa.Column("written_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("prefix", name="pk_recorder_positions"),
    )
