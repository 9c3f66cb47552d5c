"""What the doctor looks at: all checks of the platform's health, over the stores of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.server import links, settings
from research.health.check import OK, Check, Place
from research.health.look import checks


def findings() -> Iterator[Check]:
    """Everything that is looked at, one after the other. Raises ConnectionLost when the server does not answer."""
    from callboard.history.database import connect

    links().call("PING")
    engine = connect(settings().sql_url)
    try:
        yield from checks(Place(links(), engine, settings().home, settings().events_cap))
    finally:
        engine.dispose()


def values(check: Check) -> dict[str, Any]:
    """A finding as JSON values."""
    ok = check.level == OK
    return {"name": check.name, "ok": ok, "level": check.level, "found": check.message, "fix": "" if ok else check.fix}
