"""Innermost middleware: turns the result or exception of a body into the outcome that the consumer writes."""

from __future__ import annotations

from typing import Any

from dramatiq.middleware import Middleware

from callboard.broker.attempt import Attempt
from callboard.worker.conclude import Mask, conclude_error, conclude_result


class Retries(Middleware):
    """Decides; the consumer commits. Dramatiq swallows errors here, so an attempt left undecided is never a success."""

    def __init__(self, max_crashes: int, mask: Mask = str) -> None:
        self.max_crashes = max_crashes
        self.mask = mask

    def after_process_message(
        self, broker: Any, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Put the outcome on the attempt."""
        attempt: Attempt = message
        if exception is None:
            attempt.outcome = conclude_result(attempt, result)
        else:
            attempt.outcome = conclude_error(attempt, exception, self.max_crashes, self.mask)
