"""Outermost middleware of an attempt: notes it as the current one, so that every log line can carry its job."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from dramatiq.middleware import Middleware

from callboard.worker.current import here


class LogContext(Middleware):
    """Sets and clears the current attempt of the thread."""

    def before_process_message(self, broker: Any, message: Any) -> None:
        """The attempt begins."""
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


class JobFields(logging.Filter):
    """Puts job id, type and attempt on every record that is logged while an attempt runs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the fields; nothing is filtered out."""
        attempt = here.attempt
        record.job_id = attempt.message_id if attempt else ""
        record.job_type = attempt.actor_name if attempt else ""
        record.attempt = attempt.attempt if attempt else 0
        return True
