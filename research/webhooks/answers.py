"""What the answer of a receiver means for a delivery."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from research.outbound.client import Answer

# Of the 4xx only these pass with time: timeout, conflict, locked, too early, too many.
PASSING: Final = frozenset((408, 409, 423, 425, 429))
MAY_SAY_WHEN: Final = frozenset((429, 503))
LONGEST_WAIT: Final = 24 * 3600.0

DELIVERED: Final = "delivered"
AGAIN: Final = "again"
REFUSED: Final = "refused"
GONE: Final = "gone"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of delivered, again, refused (never again), gone (send nothing more); `after` in seconds if it was told."""

    outcome: str
    words: str = ""
    after: float | None = None


def judge(answer: Answer, now: float | None = None) -> Verdict:
    """2xx is delivered; 410 is gone; 3xx and most 4xx are refused; all else may be tried again."""
    status = answer.status
    if 200 <= status < 300:
        return Verdict(DELIVERED)
    if status == 410:
        return Verdict(GONE, "the receiver answered 410: it wants no more deliveries")
    if 300 <= status < 400:
        return Verdict(REFUSED, f"the receiver answered {status}, a redirect, which is not followed: change the URL")
    if 400 <= status < 500 and status not in PASSING:
        return Verdict(REFUSED, f"the receiver answered {status}, which another attempt will not change")
    after = retry_after(answer.headers, now) if status in MAY_SAY_WHEN else None
    when = f" and asked for {after:g} s" if after is not None else ""
    return Verdict(AGAIN, f"the receiver answered {status}{when}", after)


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or a date, a day at the most; None where it says nothing."""
    value = {name.lower(): text for name, text in headers.items()}.get("retry-after", "").strip()
    if value.isdecimal():
        return min(float(value[:12]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError):
        return None
    return min(max(at - (time.time() if now is None else now), 0.0), LONGEST_WAIT)
