"""What the notifier works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from callboard.broker.link import Links
from callboard.jobs.call import Call
from research.outbound.addresses import Allowed

ADMINISTRATORS: Final = "administrators"


@dataclass(frozen=True)
class Services:
    """The database and Redis, and how a mail or a delivery becomes a call: the job types are declared above us."""

    engine: Engine
    links: Links
    mail: Callable[..., Call]
    deliver: Callable[..., Call]
    admins: tuple[str, ...] = ()
    public_url: str | None = None
    allow: Allowed = Allowed()

    def link(self, path: str) -> str | None:
        """The address of a page, None where nobody has said under which the pages are reached."""
        return f"{self.public_url.rstrip('/')}{path}" if self.public_url else None
