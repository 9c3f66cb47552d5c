"""The version of the tables: bringing it up to date, and refusing to work on an older one."""

from typing import Any

from sqlalchemy import Connection, Engine, text

from research.database import connect
from research.errors import SchemaError

VERSION_TABLE = "research_version"
# Any constant will do as long as nothing else in the database takes the same one.
LOCK_KEY = 7_258_390_112


def upgrade(url: str) -> str:
    """Create or update the tables and return their version; of two at once the second waits and finds nothing to do."""
    from alembic import command

    engine = connect(url)
    try:
        # One transaction from lock to version number: a migration that fails leaves nothing behind.
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            command.upgrade(configuration(connection), "head")
            return current_version(connection) or ""
    finally:
        engine.dispose()


def require_current(engine: Engine) -> None:
    """Raise SchemaError unless the tables are the ones of this code."""
    wanted = newest_version()
    with engine.connect().execution_options(reading=True) as connection:
        found = current_version(connection)
    if found == wanted:
        return
    where = engine.url.render_as_string(hide_password=True)
    if found is None:
        raise SchemaError(f"the database {where} has no tables yet: run `callboard migrate`")
    if found in known_versions():
        raise SchemaError(
            f"the database {where} is at version {found}, this code needs {wanted}: run `callboard migrate`"
        )
    raise SchemaError(
        f"the database {where} is at version {found}, which is newer than this code: install the newer release"
    )


def configuration(connection: Connection | None = None) -> Any:
    """Alembic's configuration, with the scripts found inside the installed package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "research:migrations")
    config.attributes["connection"] = connection
    return config


def current_version(connection: Connection) -> str | None:
    """The version written in the database, or None where there is none."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def newest_version() -> str:
    """The version this code was written for."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(configuration()).get_current_head() or ""


def known_versions() -> set[str]:
    """All versions this code knows, old ones included."""
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
