"""What the log lines of a worker tell of the job that they belong to."""

from __future__ import annotations

import logging

from callboard.worker.current import here


class JobFields(logging.Filter):
    """Puts job id, type and attempt on every record that is logged while an attempt runs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the fields; nothing is filtered out."""
        attempt = here.attempt
        record.job_id = attempt.message_id if attempt else None
        record.job_type = attempt.actor_name if attempt else None
        record.attempt = attempt.attempt if attempt else None
        return True
