"""How a process writes its log: a line per event, text or JSON, each with its job, secrets masked."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

from callboard.jobs.masking import Mask, masker
from callboard.jobs.settings import Settings

# Libraries that tell at level info what only their own developers want to know.
QUIET: Final = (
    "alembic",
    "apscheduler",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "openai",
    "anthropic",
    "fontTools",
)


class Lines(logging.Formatter):
    """Formats records, as JSON or as text for people."""

    def __init__(self, as_json: bool, mask: Mask) -> None:
        super().__init__()
        self.as_json = as_json
        self.mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """One line, but for the traceback that follows a line of text."""
        message = self.mask(record.getMessage())
        trace = self.mask(self.formatException(record.exc_info)) if record.exc_info else ""
        line = self._json(record, message, trace) if self.as_json else self._text(record, message, trace)
        return line.encode("utf-8", "backslashreplace").decode()  # half a surrogate must not cost the line

    def _json(self, record: logging.LogRecord, message: str, trace: str) -> str:
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
            "job_id": getattr(record, "job_id", None),
            "job_type": getattr(record, "job_type", None),
            "attempt": getattr(record, "attempt", None),
            "pid": record.process,
            "traceback": trace,
        }
        return json.dumps(
            {name: value for name, value in fields.items() if value not in (None, "")}, ensure_ascii=False
        )

    def _text(self, record: logging.LogRecord, message: str, trace: str) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
        id = getattr(record, "job_id", None)
        job = f" [{getattr(record, 'job_type', '')} jobId: {id} attempt {getattr(record, 'attempt', 0)}]" if id else ""
        line = f"{moment} {record.levelname.lower():<8} {record.name.removeprefix('dramatiq.')}{job} {message}"
        return f"{line}\n{trace}" if trace else line


def set_up_logging(settings: Settings, *filters: logging.Filter) -> None:
    """Give the handlers of this process our lines and these filters; one is made when there is none yet."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    lines = Lines(as_json, masker(settings))
    for handler in root.handlers:
        handler.setFormatter(lines)
        for wanted in filters:
            if not any(type(one) is type(wanted) for one in handler.filters):
                handler.addFilter(wanted)
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
