"""Creating and updating the tables."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from callboard.history.database import connect, normalised_url
from callboard.history.errors import SchemaError
from research.schema import RESEARCH
from research.tables import Model


def test_the_migrations_build_exactly_the_tables_of_the_models(database: Engine) -> None:
    with database.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": RESEARCH.version_table, "compare_type": True}
        )
        assert compare_metadata(context, Model.metadata) == []


def test_a_second_upgrade_changes_nothing(empty_url: str) -> None:
    assert RESEARCH.upgrade(empty_url) == RESEARCH.newest()
    assert RESEARCH.upgrade(empty_url) == RESEARCH.newest()


def test_four_upgrades_at_once_all_succeed(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(RESEARCH.upgrade, [empty_url] * 4)) == [RESEARCH.newest()] * 4


def test_an_empty_database_is_refused_with_the_command_that_helps(empty_url: str) -> None:
    engine = connect(empty_url)
    with pytest.raises(SchemaError, match="no tables yet: run `callboard migrate`"):
        RESEARCH.require_current(engine)
    engine.dispose()


def test_a_database_of_another_version_is_refused(database: Engine) -> None:
    RESEARCH.require_current(database)
    with database.begin() as connection:
        connection.execute(text(f"UPDATE {RESEARCH.version_table} SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="at version 9999, which is newer than this code"):
        RESEARCH.require_current(database)


def test_a_migration_that_fails_leaves_no_table_behind(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = connect(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE sent_mails (x INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        RESEARCH.upgrade(empty_url)
    assert inspect(engine).get_table_names() == ["sent_mails"]
    engine.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_uses_psycopg_3(scheme: str) -> None:
    url = normalised_url(f"{scheme}://me:secret@db.example/lab?sslmode=require")
    assert url.render_as_string(hide_password=False) == "postgresql+psycopg://me:secret@db.example/lab?sslmode=require"


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="got mysql://"):
        normalised_url("mysql://localhost/x")
