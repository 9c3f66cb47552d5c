"""What can be wrong with a search."""

from __future__ import annotations

from callboard.history.errors import HistoryError


class BadQuery(HistoryError, ValueError):
    """Raised when a search cannot be understood; `position` is the place in its text, counted from 0, if there is one.

    The message says what was expected and what was got, and names the place counted from 1.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} (at character {position + 1})")
        self.position = position


class BadCursor(HistoryError, ValueError):
    """Raised when the place to go on from is none that a page has named."""
