"""The errors a body may raise to steer its job, and the one table that classifies all others."""

from __future__ import annotations

import subprocess
from typing import Final

ERROR_CLASSES: Final = {
    "transient": "expected to pass: retried by the policy",
    "limited": "told to come back later: the attempt is given back",
    "timeout": "ran over its time limit: retried by the policy",
    "permanent": "no retry can help: fails now",
    "invalid": "arguments do not fit the type: fails now",
    "lost": "the worker died too often while running it",
    "bug": "anything unexpected: retried, and loud",
}


class CallboardError(Exception):
    """Base of every error that Callboard raises on purpose."""


class JobSteering(CallboardError):
    """Base of the errors a body raises to say what becomes of its job."""


class Permanent(JobSteering):
    """Raised when no retry can help; the job fails at once with this message."""


class Transient(JobSteering):
    """Raised when a fault is expected to pass; the job is retried by its policy."""


class InvalidArguments(Permanent):
    """Raised when the arguments of a call do not fit the schema of its type.

    `fields` maps each field to what was expected and what was got.
    """

    def __init__(self, message: str, fields: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.fields = fields or {}


class RetryLater(JobSteering):
    """Raised to be retried after so many seconds; the attempt is spent."""

    def __init__(self, after: float, message: str = "") -> None:
        super().__init__(message or f"asked to be retried after {after:g} s")
        self.after = after


class Snooze(JobSteering):
    """Raised to come back after so many seconds; the attempt is given back."""

    def __init__(self, after: float, message: str = "") -> None:
        super().__init__(message or f"snoozed for {after:g} s")
        self.after = after


class RateLimited(Snooze):
    """Raised when an outside service said to slow down; `key` slows every job that shares the limit."""

    def __init__(self, after: float, key: str | None = None, message: str = "") -> None:
        super().__init__(after, message or f"limited for {after:g} s" + (f" by {key}" if key else ""))
        self.key = key


class Interruption(BaseException):
    """Base of what is raised inside a running body from outside; not an Exception, so bodies do not swallow it."""


class JobCancelled(Interruption):
    """Raised in a body whose job a user has cancelled."""


class JobTimeout(Interruption):
    """Raised in a body that runs over its time limit."""


class WorkerStopping(Interruption):
    """Raised in a body whose worker must stop now; the job is handed back with its attempt."""


class LeaseLost(Interruption):
    """Raised in a body whose job now belongs to another worker; its result will be refused."""


class ChildDied(CallboardError):
    """Raised when the child process of an isolated attempt died; counts as a crash."""


# Looked up in order, first match wins. Named by text as well, so that no library is imported to be classified.
CLASSIFICATION: Final[tuple[tuple[type[BaseException] | str, str], ...]] = (
    (InvalidArguments, "invalid"),
    (Permanent, "permanent"),
    (Snooze, "limited"),
    (RetryLater, "transient"),
    (Transient, "transient"),
    (JobTimeout, "timeout"),
    (ChildDied, "lost"),
    ("callboard.jobs.encoding.TooLarge", "permanent"),
    ("callboard.jobs.encoding.NotJson", "permanent"),
    (TimeoutError, "transient"),
    (ConnectionError, "transient"),
    (subprocess.TimeoutExpired, "transient"),
    ("httpx2.TransportError", "transient"),
    ("httpx.TransportError", "transient"),
    ("requests.exceptions.ConnectionError", "transient"),
    ("requests.exceptions.Timeout", "transient"),
    ("openai.APIConnectionError", "transient"),
    ("openai.RateLimitError", "transient"),
    ("openai.InternalServerError", "transient"),
    ("openai.AuthenticationError", "permanent"),
    ("anthropic.APIConnectionError", "transient"),
    ("anthropic.RateLimitError", "transient"),
    ("anthropic.InternalServerError", "transient"),
    ("anthropic.AuthenticationError", "permanent"),
    ("sqlalchemy.exc.OperationalError", "transient"),
    ("redis.exceptions.ConnectionError", "transient"),
    ("dramatiq.errors.BrokerConnectionError", "transient"),
    ("smtplib.SMTPAuthenticationError", "permanent"),
    ("smtplib.SMTPServerDisconnected", "transient"),
    ("smtplib.SMTPConnectError", "transient"),
    ("marshmallow.exceptions.ValidationError", "invalid"),
    (FileNotFoundError, "permanent"),
    (PermissionError, "permanent"),
    (IsADirectoryError, "permanent"),
    (MemoryError, "transient"),
    (OSError, "transient"),
)


def classify(error: BaseException) -> str:
    """The error class of an exception: the first row of the table that fits it, else `bug`."""
    names = {f"{c.__module__}.{c.__qualname__}" for c in type(error).__mro__}
    for kind, error_class in CLASSIFICATION:
        if kind in names if isinstance(kind, str) else isinstance(error, kind):
            return error_class
    return "bug"


def retryable(error_class: str) -> bool:
    """Whether another attempt may help."""
    return error_class in ("transient", "timeout", "bug", "lost")
