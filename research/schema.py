"""The version of the platform's tables, and of all tables together."""

from typing import Final

from callboard.history.schema import HISTORY, Schema

RESEARCH: Final = Schema("research:migrations", "research_version")


def upgrade(url: str) -> str:
    """Bring the tables of the history and of the platform up to date; returns both versions."""
    return f"history {HISTORY.upgrade(url)}, research {RESEARCH.upgrade(url)}"
