"""What answers mean."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from research.outbound.client import Answer
from research.webhooks.answers import judge, retry_after

NOW = datetime(2026, 11, 22, tzinfo=UTC)
# Written by hand: what becomes of a delivery at each status.
MEANINGS = {
    "delivered": [200, 201, 202, 204, 299],
    "gone": [410],
    "refused": [
        *(300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 411, 412, 413, 414, 415, 416),
        *(417, 418, 421, 422, 424, 426, 428, 431, 451),
    ],
    "again": [408, 409, 423, 425, 429, 500, 501, 502, 503, 504, 507, 511, 520, 599, 600, 102],
}


@pytest.mark.parametrize(("status", "outcome"), [(s, outcome) for outcome, all_of in MEANINGS.items() for s in all_of])
def test_each_status_has_one_meaning(status: int, outcome: str) -> None:
    verdict = judge(Answer(status, {}, "", 0.1))
    assert verdict.outcome == outcome
    assert verdict.after is None
    assert (str(status) in verdict.words) == (outcome != "delivered")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("999999999999999999", 86_400.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=9), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), 86_400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, NOW.timestamp()) == seconds


@pytest.mark.parametrize(("status", "after"), [(429, 7.0), (503, 7.0), (500, None), (400, None)])
def test_only_busy_receivers_say_when_to_come_again(status: int, after: float | None) -> None:
    assert judge(Answer(status, {"retry-after": "7"}, "", 0.1)).after == after
