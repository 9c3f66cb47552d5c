"""The token of whoever runs everything on this machine: made once, kept where only they can read it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.jobs.clock import wall_ms

if TYPE_CHECKING:
    from callboard.history.database import Engine


def own_token(home: Path, engine: Engine) -> str:
    """The token kept under a home, or a new one where there is none that holds."""
    from callboard.history.database import writing
    from callboard.history.tokens import create_token, find_token

    path = home / "token"
    kept = path.read_text(encoding="ascii").strip() if path.exists() else ""
    if find_token(engine, kept, wall_ms()):
        return kept
    with writing(engine) as session:
        _, text = create_token(session, "callboard up", "admin", wall_ms())
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.write(f"{text}\n")
    return text
