"""Innermost middleware: turns the result or exception of a body into the outcome that the consumer writes."""

from __future__ import annotations

from typing import Any

from dramatiq.middleware import Middleware

from callboard.broker.attempt import Attempt
from callboard.jobs.errors import Interruption, JobSteering
from callboard.jobs.outcome import Dropped, Fail
from callboard.worker.conclude import Mask, conclude_error, conclude_result, describe


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
        try:
            attempt.close()
        except Interruption as late:  # asked to stop just as the body ended
            exception = exception or late
        if attempt.lost:
            attempt.outcome = attempt.outcome or Dropped()  # written off, or handed back, and concluded for already
        elif exception is None:
            attempt.outcome = conclude_result(attempt, result)
        else:
            if attempt.last_words and isinstance(exception, Interruption):
                exception.args = exception.args or (attempt.last_words,)
            if _expected(broker, attempt, exception):
                attempt.outcome = Fail(describe(exception, "permanent", self.mask))
            else:
                attempt.outcome = conclude_error(attempt, exception, self.max_crashes, self.mask)


def _expected(broker: Any, attempt: Attempt, exception: BaseException) -> bool:
    """Whether a type has said with Dramatiq's `throws` that this is how its body may end, not to be retried."""
    throws = broker.get_actor(attempt.actor_name).options.get("throws") or ()
    return isinstance(exception, throws) and not isinstance(exception, (JobSteering, Interruption))
