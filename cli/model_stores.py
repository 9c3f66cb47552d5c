"""Where models are: the database of the settings and the files of this home; needs no server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.server import database, settings

if TYPE_CHECKING:
    from callboard.history.database import Engine
    from research.files import FileStore


def model_stores() -> tuple[Engine, FileStore]:
    """The database and the files. Raises SchemaError where the tables are not the ones of this code."""
    from research.files import FileStore
    from research.schema import RESEARCH

    engine = database()
    RESEARCH.require_current(engine)
    return engine, FileStore(settings().files_folder)
