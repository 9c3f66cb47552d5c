"""What an error of a provider's SDK means for the job: wait, try again, or give up."""

import math
import time
from email.utils import parsedate_to_datetime
from typing import Any

from callboard.jobs.errors import JobSteering, Permanent, RateLimited, Transient
from research.ai.errors import Unanswered, Unusable

DEFAULT_WAIT = 20.0
# A job that came back at once would be refused at once, and no attempt is spent on that.
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 3_600.0
PASSING = frozenset({408, 409, 425})


def steering_error(provider: str, error: Exception, secret: str = "") -> JobSteering:
    """The error to raise for an error of the OpenAI or Anthropic SDK; both say status and headers in the same way.

    Unanswered is the one after which the provider may charge for the call.
    """
    message = f"{provider}: {without_secret(str(error), secret)[:500]}"
    status = getattr(error, "status_code", None) or 0
    if status < 400:
        # No answer, a broken one, or none in time; Anthropic reports an error amid its stream under the status 200.
        return Transient(message) if never_sent(error) else Unanswered(message)
    body = str(getattr(error, "body", ""))
    if status == 429 and "insufficient_quota" not in body:
        return RateLimited(wait_seconds(error), key=f"provider:{provider}", message=message)
    if status >= 500 or status in PASSING:
        return Transient(message)
    return Unusable(message) if "content_filter" in body else Permanent(message)


def never_sent(error: BaseException) -> bool:
    """Whether a connection was not even made, so that nothing can be charged."""
    import httpx2

    return isinstance(error.__cause__ or error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)


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
    """A wait between a second and an hour; 20 seconds for what is no number."""
    try:
        wait = float(value) * factor
    except ValueError:
        return DEFAULT_WAIT
    return DEFAULT_WAIT if math.isnan(wait) else min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def without_secret(text: str, secret: str) -> str:
    """The text without the key that was used: some providers repeat it in their errors."""
    return text.replace(secret, "***") if secret else text
