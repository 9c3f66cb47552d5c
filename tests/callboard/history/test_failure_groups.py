import threading
from typing import Any

import orjson
from sqlalchemy import Engine, select, update

from callboard.history.database import reading, writing
from callboard.history.failure_groups import Noted, note_failures
from callboard.history.models import FailureGroupRow
from tests.callboard.history.failing import NOW, failure, record


def groups(engine: Engine) -> dict[str, FailureGroupRow]:
    with reading(engine) as session:
        return {row.message: row for row in session.scalars(select(FailureGroupRow))}


def decide(engine: Engine, fingerprint: str, **columns: Any) -> None:
    with writing(engine) as session:
        row = update(FailureGroupRow).where(FailureGroupRow.fingerprint == fingerprint)
        session.execute(row.values(**columns))


def test_failures_of_one_fault_are_one_group_counted_once_each(database: Engine) -> None:
    first = [failure("no answer in 3 s", NOW + 5), failure("no answer in 12 s", NOW), failure("disk full", NOW + 1)]
    later = [failure("no answer in 1 s", NOW + 9), failure("no answer in 7 s", NOW + 7, type="report")]
    assert sorted(record(database, *first).new) == sorted({row["fingerprint"] for row in first})
    assert record(database, *later) == Noted()
    found = groups(database)
    assert {message: row.failures for message, row in found.items()} == {"no answer in <n>": 4, "disk full": 1}
    group = found["no answer in <n>"]
    assert (group.first_ms, group.last_ms, group.sample_job) == (NOW, NOW + 9, later[0]["job_id"])
    assert (group.error_class, group.error_type, group.frame) == ("transient", "OSError", "actors/mail.py:send")
    assert orjson.loads(group.types) == ["mail", "report"]


def test_an_older_failure_recorded_late_does_not_become_the_sample(database: Engine) -> None:
    newest = failure(at_ms=NOW)
    record(database, newest)
    record(database, failure(at_ms=NOW - 1))
    group = groups(database)["no answer in <n>"]
    assert (group.first_ms, group.last_ms, group.sample_job) == (NOW - 1, NOW, newest["job_id"])


def test_a_resolved_group_opens_again_with_the_first_failure_after_that(database: Engine) -> None:
    row = failure(at_ms=NOW)
    record(database, row)
    decide(database, row["fingerprint"], status="resolved", status_ms=NOW + 10)
    assert record(database, failure(at_ms=NOW + 10)) == Noted()
    assert groups(database)["no answer in <n>"].status == "resolved"
    assert record(database, failure(at_ms=NOW + 11)) == Noted(returned=[row["fingerprint"]])
    group = groups(database)["no answer in <n>"]
    assert (group.status, group.status_ms, group.failures) == ("open", NOW + 11, 3)
    assert record(database, failure(at_ms=NOW + 12)) == Noted()


def test_an_ignored_group_stays_so_until_its_time_and_for_ever_without_one(database: Engine) -> None:
    timed, always = failure("disk full", NOW), failure("no answer", NOW)
    record(database, timed, always)
    decide(database, timed["fingerprint"], status="ignored", status_ms=NOW, ignored_until_ms=NOW + 100)
    decide(database, always["fingerprint"], status="ignored", status_ms=NOW)
    assert record(database, failure("disk full", NOW + 100), failure("no answer", NOW + 100)) == Noted()
    again = record(database, failure("disk full", NOW + 101), failure("no answer", NOW + 101))
    assert again == Noted(returned=[timed["fingerprint"]])
    assert {m: row.status for m, row in groups(database).items()} == {"disk full": "open", "no answer": "ignored"}


def test_a_transaction_that_is_rolled_back_counts_nothing(database: Engine) -> None:
    with database.connect() as connection:
        note_failures(connection, [failure()])
        connection.rollback()
    assert groups(database) == {}


def test_thousands_of_groups_at_once_are_all_counted(database: Engine) -> None:
    words = [
        f"{a} {b}" for a in ("disk", "mail", "net") for b in (chr(97 + n % 26) + chr(97 + n // 26) for n in range(600))
    ]
    rows = [failure(message) for message in words for _ in range(2)]
    assert len(record(database, *rows).new) == len(words) == 1_800
    assert {row.failures for row in groups(database).values()} == {2}


def test_recorders_at_the_same_time_lose_and_double_nothing(database: Engine) -> None:
    told: list[Noted] = []
    pairs = [("abc"[n % 3], "cba"[n % 3]) for n in range(20)]

    def work() -> None:
        told.extend(record(database, failure(f"fault {one}"), failure(f"fault {other}")) for one, other in pairs)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = groups(database)
    assert sum(row.failures for row in found.values()) == 4 * 20 * 2
    assert sorted(id for noted in told for id in noted.new) == sorted(row.fingerprint for row in found.values())
