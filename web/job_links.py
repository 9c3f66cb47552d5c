"""Links to the progress of one job: signed, good until a time, and for who has one no account is needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from research.exports.links import link_secret
from web.problems import Problem
from web.services import here

SALT: Final = "callboard.job-link"
LONGEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class JobLink:
    """Which job may be looked at until when, and whether it may be cancelled too."""

    job: str
    until: datetime
    cancel: bool


def sign(link: JobLink) -> str:
    """The token of a link."""
    return str(_serializer().dumps([link.job, int(link.until.timestamp()), int(link.cancel)]))


def read(token: str, now: datetime | None = None) -> JobLink:
    """What a token allows. Raises Problem: 404 for one that was not made here, 410 for one whose time is over."""
    try:
        job, until, cancel = _serializer().loads(token if len(token) <= LONGEST else "")
    except (BadData, ValueError, TypeError):
        words = "this link was not made here, or has been changed: ask for a new one"
        raise Problem(404, "not_found", words) from None
    link = JobLink(job, datetime.fromtimestamp(until, UTC), bool(cancel))
    if (now or datetime.now(UTC)) >= link.until:
        words = f"this link was good until {link.until:%Y-%m-%d %H:%M} UTC: ask for a new one"
        raise Problem(410, "link_expired", words)
    return link


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(link_secret(here().settings.home), salt=SALT)
