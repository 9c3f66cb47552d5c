"""How calls share the rate of a provider with all workers, and slow down when it asks for that."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn, Protocol

from callboard.jobs.errors import RateLimited

CALLS: Final = 50
PER: Final = 60.0


class Steering(Protocol):
    """What is needed of the context of a job."""

    def progress(self, done: float, total: float = 100, step: str = "") -> None:
        """Say how far the job is, and stop where it must stop."""

    def permit(self, key: str, count: int, per: float) -> None:
        """Take one start of a shared rate. Raises RateLimited."""

    def rate_limited(self, after: float, key: str | None = None) -> NoReturn:
        """Hold a key for all workers. Raises RateLimited."""


def started(steering: Steering, provider: str) -> None:
    """Take one of the 50 starts a minute that a provider has over all workers; this machine has no such limit.

    Raises RateLimited.
    """
    if provider != "local":
        steering.permit(f"provider:{provider}", CALLS, PER)


def slowed(steering: Steering, error: RateLimited) -> RateLimited:
    """Slow the provider for all workers, where it is the one who asked; the error, to be raised in due course."""
    try:
        steering.rate_limited(error.after, error.key)
    except RateLimited:
        return error


@contextmanager
def asking(steering: Steering, provider: str) -> Iterator[None]:
    """Around one call: its start is counted, and a provider that says to slow down slows all. Raises RateLimited."""
    started(steering, provider)
    try:
        yield
    except RateLimited as error:
        raise slowed(steering, error) from None
