"""The tables of the history."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from callboard.history import (  # noqa: F401 - their tables are part of the metadata
    access_models,
    meter_models,
    notification_models,
    outbox_models,
    schedule_models,
)
from callboard.history.models import Table
from callboard.history.schema import HISTORY


def test_the_migrations_build_exactly_the_tables_of_the_models(database: Engine) -> None:
    with database.connect() as connection:
        options = {"version_table": HISTORY.version_table, "compare_type": True, "include_name": is_a_model}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata) == []


def is_a_model(name: str | None, kind: str, _parents: object) -> bool:
    """The index of terms is a virtual table on SQLite, which no model can say; it has tests of its own."""
    return kind != "table" or not (name or "").startswith("job_terms")
