from datetime import timedelta

import pytest
from sqlalchemy import Engine

from callboard.history.failure_trends import shares, trends
from callboard.history.failures import GroupQuery, list_groups
from tests.callboard.history.failing import DAY, HOUR, NOW, failure, finished, record


def test_failures_are_counted_by_the_hour_and_by_the_day(database: Engine) -> None:
    times = (NOW, NOW - HOUR + 1, NOW - HOUR, NOW - 23 * HOUR, NOW - DAY, NOW - 13 * DAY, NOW - 14 * DAY, NOW + 1)
    rows = [failure(at_ms=at_ms) for at_ms in times]
    record(database, *rows, failure("another", NOW - 5 * HOUR))
    id, other = rows[0]["fingerprint"], failure("another")["fingerprint"]
    found = trends(database, [id, other, "0" * 16], now_ms=NOW)
    assert found[id] == [1] + 21 * [0] + [1, 2]
    assert found[other] == 18 * [0] + [1] + 5 * [0]
    assert found["0" * 16] == 24 * [0]
    assert trends(database, [id], timedelta(days=1), NOW)[id] == [1] + 11 * [0] + [1, 4]


def test_the_share_is_of_all_attempts_of_the_types_that_ended(database: Engine) -> None:
    finished(database, 6, NOW - 5)
    finished(database, 50, NOW - 5, type="report")
    finished(database, 50, NOW - DAY - 5)
    finished(database, 9, NOW - 5, state="cancelled")
    record(database, *(failure("disk full", NOW - 9) for _ in range(3)), failure("no answer", NOW - 9))
    record(database, failure("nothing", NOW - 2 * DAY, type="rare"))
    found = shares(database, list_groups(database, GroupQuery(), NOW), NOW)
    ids = {group.message: group.fingerprint for group in list_groups(database, GroupQuery(), NOW)}
    assert found[ids["disk full"]] == pytest.approx(3 / 10)
    assert found[ids["no answer"]] == pytest.approx(1 / 10)
    assert found[ids["nothing"]] is None
    assert shares(database, [], NOW) == {}


def test_a_share_is_the_same_in_whatever_company(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callboard.history.failure_groups.TYPES_MOST", 1)
    record(database, failure("disk full", NOW - 9), failure("disk full", NOW - 8, type="report"))
    record(database, failure("no answer", NOW - 7, type="report"))
    groups = list_groups(database, GroupQuery(), NOW)
    together = shares(database, groups, NOW)
    assert together == {group.fingerprint: shares(database, [group], NOW)[group.fingerprint] for group in groups}
