"""The version of a set of tables: bringing it up to date, and refusing to work on another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from callboard.history.database import connect
from callboard.history.errors import SchemaError

# Any constant will do as long as nothing else in the database takes the same one.
LOCK_KEY: Final = 7_258_390_112


@dataclass(frozen=True, slots=True)
class Schema:
    """A set of tables with its own migrations: where these lie, and the table that holds their version."""

    scripts: str
    version_table: str

    def upgrade(self, url: str) -> str:
        """Create or update the tables and return their version.

        Of two at once the second waits and finds nothing to do.
        """
        from alembic import command

        engine = connect(url)
        try:
            # One transaction from lock to version number: a migration that fails leaves nothing behind.
            with engine.begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
                command.upgrade(self._configuration(connection), "head")
                return self._found(connection) or ""
        finally:
            engine.dispose()

    def require_current(self, engine: Engine) -> None:
        """Raise SchemaError unless the tables are the ones of this code."""
        wanted = self.newest()
        with engine.connect().execution_options(reading=True) as connection:
            found = self._found(connection)
        if found == wanted:
            return
        where = engine.url.render_as_string(hide_password=True)
        if found is None:
            raise SchemaError(f"the database {where} has no tables yet: run `callboard migrate`")
        if found in self._known():
            raise SchemaError(
                f"the database {where} is at version {found}, this code needs {wanted}: run `callboard migrate`"
            )
        raise SchemaError(
            f"the database {where} is at version {found}, which is newer than this code: install the newer release"
        )

    def newest(self) -> str:
        """The version this code was written for."""
        from alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(self._configuration()).get_current_head() or ""

    def _known(self) -> set[str]:
        from alembic.script import ScriptDirectory

        return {script.revision for script in ScriptDirectory.from_config(self._configuration()).walk_revisions()}

    def _found(self, connection: Connection) -> str | None:
        from alembic.migration import MigrationContext

        options = {"version_table": self.version_table}
        return MigrationContext.configure(connection, opts=options).get_current_revision()

    def _configuration(self, connection: Connection | None = None) -> Any:
        """Alembic's configuration, with the scripts found inside the installed package."""
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", self.scripts)
        config.attributes.update(connection=connection, version_table=self.version_table)
        return config


HISTORY: Final = Schema("callboard.history:migrations", "history_version")
