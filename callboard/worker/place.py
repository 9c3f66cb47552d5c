"""Which turn of its place this process is: how often the supervisor had to fill the place again before it."""

from __future__ import annotations

restarts = 0


def take(number: int) -> None:
    """Note the number that the supervisor gave; processes that are forked from this one have it too."""
    global restarts  # noqa: PLW0603 - a property of the process itself
    restarts = number
