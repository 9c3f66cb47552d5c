"""Outermost middleware of an attempt: notes it as the current one, so that every log line can carry its job."""

from __future__ import annotations

import threading
import time
from typing import Any

from dramatiq.middleware import Middleware, SkipMessage

from callboard.jobs.log_lines import set_up_logging
from callboard.jobs.outcome import Cancelled, Dropped
from callboard.jobs.settings import Settings
from callboard.worker.current import here
from callboard.worker.job_fields import JobFields


class LogContext(Middleware):
    """Sets and clears the current attempt of the thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def after_process_boot(self, broker: Any) -> None:
        """Dramatiq has set its log up by now; the lines become ours."""
        set_up_logging(self.settings, JobFields())

    def before_process_message(self, broker: Any, message: Any) -> None:
        """The attempt begins. Raises SkipMessage where it is over already: lost or cancelled while it lay in line."""
        if message.lost or message.cancelled:
            message.outcome = message.outcome or (Dropped() if message.lost else Cancelled())
            raise SkipMessage("lost or cancelled before it was started")
        here.attempt = message
        message.thread = threading.get_ident()
        message.started_at = time.monotonic()

    def after_process_message(
        self, broker: Any, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """The attempt is over."""
        here.attempt = None

    def after_skip_message(self, broker: Any, message: Any) -> None:
        """A later middleware would not have it run."""
        here.attempt = None
