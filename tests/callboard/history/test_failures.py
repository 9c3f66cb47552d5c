from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from callboard.history.database import writing
from callboard.history.errors import UnknownGroup
from callboard.history.failed_jobs import count_failed, failed_ids, newest_failures
from callboard.history.failure_decisions import annotate, assign, ignore, note_discarded, reopen, resolve
from callboard.history.failures import FailureGroup, GroupQuery, count_groups, find_group, list_groups, place
from callboard.jobs.clock import from_ms
from tests.callboard.history.failing import HOUR, NOW, failed, failure, finished, record

LATER = NOW + HOUR


def words(groups: list[FailureGroup]) -> list[str]:
    return [group.message for group in groups]


def decide(engine: Engine, decision: Callable[..., None], *arguments: Any) -> None:
    with writing(engine) as session:
        decision(session, *arguments)


def three(engine: Engine) -> None:
    """`many` of 3 failures, `old` and `new` of one."""
    record(engine, failure("old", NOW - 9), *(failure("many", NOW + n, type="report") for n in range(3)))
    record(engine, failure("new", NOW + 99, error_class="bug", type="report"))


def test_groups_are_listed_by_last_failure_by_count_or_by_first(database: Engine) -> None:
    three(database)
    assert words(list_groups(database, GroupQuery(), LATER)) == ["new", "many", "old"]
    assert words(list_groups(database, GroupQuery(order="count"), LATER))[0] == "many"
    assert words(list_groups(database, GroupQuery(order="first"), LATER)) == ["new", "many", "old"]
    with pytest.raises(ValueError, match='sorted by last, count, first, got "size"'):
        list_groups(database, GroupQuery(order="size"))


def test_a_page_goes_on_where_the_one_before_ended(database: Engine) -> None:
    record(database, *(failure(f"fault {chr(97 + n)}", NOW + n // 4) for n in range(23)))
    for order in ("last", "count", "first"):
        seen, after = list[str](), None
        while page := list_groups(database, GroupQuery(order=order, limit=5, after=after), LATER):
            seen += words(page)
            after = place(page[-1], order)
        assert len(seen) == len(set(seen)) == 23


def test_groups_are_found_by_status_type_and_class(database: Engine) -> None:
    three(database)
    old = list_groups(database, GroupQuery(), LATER)[-1]
    decide(database, resolve, old.fingerprint, LATER)
    assert words(list_groups(database, GroupQuery(status="open"), LATER)) == ["new", "many"]
    assert words(list_groups(database, GroupQuery(status="resolved"), LATER)) == ["old"]
    assert words(list_groups(database, GroupQuery(type="report"), LATER)) == ["new", "many"]
    assert words(list_groups(database, GroupQuery(type="repor_"), LATER)) == []
    assert words(list_groups(database, GroupQuery(error_class="bug"), LATER)) == ["new"]
    assert count_groups(database, LATER) == {"open": 2, "ignored": 0, "resolved": 1}
    with pytest.raises(ValueError, match='open, ignored, resolved, got "shut"'):
        list_groups(database, GroupQuery(status="shut"))


def test_a_group_is_found_by_the_first_digits_of_its_fingerprint(database: Engine) -> None:
    three(database)
    new = list_groups(database, GroupQuery(), LATER)[0]
    assert find_group(database, new.fingerprint[:6].upper(), LATER) == new
    for nothing in ("zzzzzz", "", new.fingerprint[:2], "____"):
        with pytest.raises(UnknownGroup, match="no group of failures begins with"):
            find_group(database, nothing)


def test_a_prefix_of_several_groups_is_refused(database: Engine) -> None:
    from callboard.history.failure_groups import _first
    from callboard.history.models import FailureGroupRow

    rows = [_first(failure()) | {"fingerprint": f"abcdef{n}", "types": "[]"} for n in range(2)]
    with writing(database) as session:
        session.execute(insert(FailureGroupRow), rows)
    with pytest.raises(UnknownGroup, match="several groups of failures begin with abcdef"):
        find_group(database, "abcdef")


def test_a_group_tells_all_that_is_known_of_it(database: Engine) -> None:
    row = failure("no answer in 3 s", NOW)
    record(database, row, failure("no answer in 4 s", NOW - 5, type="report"))
    group = find_group(database, row["fingerprint"], LATER)
    assert group == FailureGroup(
        fingerprint=row["fingerprint"],
        error_class="transient",
        error_type="OSError",
        message="no answer in <n>",
        frame="actors/mail.py:send",
        failures=2,
        types=["mail", "report"],
        first_at=datetime(2023, 11, 14, 22, 13, 19, 995_000, UTC),
        last_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        sample_job=row["job_id"],
        status="open",
        status_at=None,
        ignored_until=None,
        assignee=None,
        note=None,
    )


def test_a_decision_is_kept_with_its_time(database: Engine) -> None:
    row = failure()
    record(database, row)
    id = row["fingerprint"]
    decide(database, assign, id, "ann")
    decide(database, annotate, id, "ask the hoster")
    decide(database, resolve, id, LATER)
    group = find_group(database, id, LATER)
    assert (group.status, group.status_at, group.assignee, group.note) == (
        "resolved",
        from_ms(LATER),
        "ann",
        "ask the hoster",
    )
    decide(database, reopen, id, LATER + 1)
    decide(database, assign, id, None)
    group = find_group(database, id, LATER)
    assert (group.status, group.status_at, group.assignee) == ("open", from_ms(LATER + 1), None)


def test_a_decision_about_a_group_that_is_not_there_is_refused(database: Engine) -> None:
    for decision in (resolve, ignore, reopen):
        with pytest.raises(UnknownGroup, match='fingerprint "0000000000000000"'):
            decide(database, decision, "0" * 16)


def test_an_ignored_group_is_open_again_when_the_time_is_over(database: Engine) -> None:
    row = failure()
    record(database, row)
    until = datetime.fromtimestamp(NOW / 1000, UTC) + timedelta(hours=2)
    decide(database, ignore, row["fingerprint"], until, NOW)
    now = find_group(database, row["fingerprint"], LATER)
    then = find_group(database, row["fingerprint"], NOW + 2 * HOUR)
    assert (now.status, now.ignored_until, then.status, then.ignored_until) == ("ignored", until, "open", None)
    for moment, status in ((LATER, "ignored"), (NOW + 2 * HOUR, "open")):
        assert words(list_groups(database, GroupQuery(status=status), moment)) == ["no answer in <n>"]
        assert count_groups(database, moment)[status] == 1
    decide(database, ignore, row["fingerprint"])
    assert find_group(database, row["fingerprint"]).status == "ignored"


def test_a_clock_that_lags_does_not_resolve_into_the_past(database: Engine) -> None:
    row = failure(at_ms=NOW)
    record(database, row)
    decide(database, resolve, row["fingerprint"], NOW - HOUR)
    assert record(database, failure(at_ms=NOW)).returned == []
    assert record(database, failure(at_ms=NOW + 1)).returned == [row["fingerprint"]]


def test_the_jobs_of_a_group_are_those_that_stayed_failed(database: Engine) -> None:
    rows = [failure(at_ms=NOW + n) for n in range(7)]
    id = rows[0]["fingerprint"]
    failed(database, *rows, failure("another"))
    finished(database, fingerprint=id)  # failed once and was completed then
    assert list(failed_ids(database, id, batch=3)) == [
        [row["job_id"] for row in rows[first : first + 3]] for first in (0, 3, 6)
    ]
    assert count_failed(database, id) == 7


def test_discarded_jobs_are_no_longer_the_groups(database: Engine) -> None:
    rows = [failure(at_ms=NOW + n) for n in range(4)]
    id = rows[0]["fingerprint"]
    failed(database, *rows)
    decide(database, note_discarded, id, NOW + 1, LATER)
    decide(database, note_discarded, id, NOW, LATER)
    assert find_group(database, id, LATER).status == "resolved"
    assert (count_failed(database, id), list(failed_ids(database, id))) == (2, [[row["job_id"] for row in rows[2:]]])


def test_jobs_enqueued_after_the_first_batch_are_left_out(database: Engine) -> None:
    rows = [failure() for _ in range(2)]
    failed(database, *rows)
    batches = failed_ids(database, rows[0]["fingerprint"], batch=1)
    first = next(batches)
    failed(database, failure())
    assert [first, *batches] == [[row["job_id"]] for row in rows]


def test_the_newest_failures_come_with_traceback(database: Engine) -> None:
    rows = [failure(f"no answer in {n} s", NOW + n, attempt=n, final=n == 3) for n in (1, 2, 3)]
    record(database, *rows, failure("another"))
    found = newest_failures(database, rows[0]["fingerprint"], 2)
    assert [(one.message, one.attempt, one.final) for one in found] == [
        ("no answer in 3 s", 3, True),
        ("no answer in 2 s", 2, False),
    ]
    assert (found[0].job, found[0].at, "in send" in found[0].traceback) == (rows[2]["job_id"], from_ms(NOW + 3), True)
