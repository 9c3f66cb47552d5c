"""One thing that needs attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from callboard.broker.link import Links
from callboard.broker.store import Store
from research.notifications.rules import Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that holds: by which rule, of what, how many, why, what to do, and since when if that is known.

    `query` is the search that finds its jobs, empty where it is not about jobs.
    """

    rule: str
    subject: str
    count: int
    cause: str
    advice: str
    since_ms: int | None = None
    silenced_until_ms: int | None = None
    query: str = ""
    silence_note: str | None = None

    @property
    def key(self) -> str:
        """Its name as long as it holds."""
        return f"{self.rule}:{self.subject}"


@dataclass(frozen=True, slots=True)
class Scene:
    """What conditions are judged by: both stores, the rules, and the time by the server's clock."""

    store: Store
    session: Session
    rules: Mapping[str, Rule]
    now_ms: int

    @property
    def links(self) -> Links:
        """The connections to Redis."""
        return self.store.links

    def number(self, rule: str, name: str) -> float:
        """A threshold."""
        return self.rules[rule].numbers[name]
