"""The history where there is one, for those who can do without."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from callboard.history.database import connect, normalised_url, reading
from callboard.history.models import JobRow

PATIENCE: Final = 2


def find_history(url: str) -> Engine | None:
    """An engine on the history at a URL; None where it cannot be reached or has no tables. It is never created."""
    target = normalised_url(url)
    on_disk = target.drivername == "sqlite"
    if on_disk and not (target.database and Path(target.database).exists()):
        return None
    engine = connect(url) if on_disk else connect(url, connect_args={"connect_timeout": PATIENCE})
    try:
        with reading(engine) as session:
            session.execute(select(JobRow).limit(0))
    except DBAPIError:
        engine.dispose()
        return None
    return engine
