"""The line that every act by hand leaves."""

from __future__ import annotations

from typing import Any

from flask import g, request

from callboard.history.audit import note_act
from callboard.history.database import writing
from web.services import here


def note(verb: str, subject: str, *, count: int = 1, detail: dict[str, Any] | None = None) -> None:
    """Write down who did what, on how many, from where."""
    services = here()
    with writing(services.engine) as session:
        note_act(
            session,
            services.now_ms(),
            g.caller.name,
            verb,
            subject,
            count=count,
            origin=request.remote_addr,
            request_id=g.request_id,
            detail=detail,
        )
