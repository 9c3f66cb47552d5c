"""What an error of a provider's SDK means for the job: wait, try again, or give up."""

import time
from email.utils import parsedate_to_datetime
from typing import Any

from callboard.jobs.errors import JobSteering, Permanent, RateLimited, Transient

DEFAULT_WAIT = 20.0
LONGEST_WAIT = 3_600.0
PASSING = frozenset({408, 409, 425})


def steering_error(provider: str, error: Exception, secret: str = "") -> JobSteering:
    """The error to raise for an error of the OpenAI or Anthropic SDK; both say status and headers in the same way."""
    message = f"{provider}: {without_secret(str(error), secret)[:500]}"
    status = getattr(error, "status_code", None)
    if status is None:
        # No answer, a broken one, or none in time.
        return Transient(message or f"{provider}: no answer")
    if status == 429 and "insufficient_quota" not in str(getattr(error, "body", "")):
        return RateLimited(wait_seconds(error), key=f"provider:{provider}", message=message)
    if status >= 500 or status in PASSING:
        return Transient(message)
    return Permanent(message)


def wait_seconds(error: Any) -> float:
    """The seconds that `Retry-After` asks for, as a number or a date; 20 where it says nothing."""
    headers = error.response.headers
    if milliseconds := headers.get("retry-after-ms"):
        return bounded(milliseconds, 0.001)
    value = headers.get("retry-after")
    if not value:
        return DEFAULT_WAIT
    try:
        return bounded(parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return bounded(value)


def bounded(value: Any, factor: float = 1.0) -> float:
    """A wait between nothing and an hour; 20 seconds for what is no number."""
    try:
        return min(max(float(value) * factor, 0.0), LONGEST_WAIT)
    except ValueError:
        return DEFAULT_WAIT


def without_secret(text: str, secret: str) -> str:
    """The text without the key that was used: some providers repeat it in their errors."""
    return text.replace(secret, "***") if secret else text
