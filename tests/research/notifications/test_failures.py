"""Final failures, told to administrators by fault and together."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from callboard.broker.stream import Event
from callboard.history.database import reading, writing
from callboard.history.notification_models import FailureNoticeRow
from research.notifications.failures import Failed, collect, digest, failed_job, forget
from research.notifications.outgoing import write
from research.notifications.rules import change, rules
from research.notifications.services import Services
from tests.research.notifications.conftest import ADMIN, mails, notices_for

AT = 1_700_000_000_000
MINUTE, HOUR = 60_000, 3_600_000


def fail(engine: Engine, fault: str = "f1", count: int = 1, at_ms: int = AT) -> None:
    with writing(engine) as session:
        collect(session, [Failed(fault, "add", "OSError", f"{fault} broke", f"job-{n}", at_ms) for n in range(count)])


def look(services: Services, at_ms: int) -> list[dict[str, int]]:
    """The mails of a look at this time: for each, how many failures of which fault."""
    with writing(services.engine) as session:
        write(session, services, digest(session, services, rules(session)["job_failed"], at_ms))
    sent = mails(services.engine)
    assert all(mail["to"] == [ADMIN] for mail in sent)
    return [{group["message"]: group["count"] for group in mail["data"]["groups"]} for mail in sent]


def test_the_first_failures_of_a_fault_are_collected_for_a_minute_and_told_in_one_mail(services: Services) -> None:
    fail(services.engine, count=40)
    assert look(services, AT + MINUTE - 1) == []
    fail(services.engine, count=2, at_ms=AT + MINUTE - 1)
    assert look(services, AT + MINUTE) == [{"f1 broke": 42}]
    assert look(services, AT + MINUTE + 1) == []
    (notice,) = notices_for(services.engine)
    assert (notice.title, notice.text) == ("42 jobs failed", "42 × add: f1 broke")


def test_a_fault_that_goes_on_is_told_once_an_hour(services: Services) -> None:
    told = []
    for minute in range(0, 131, 5):
        fail(services.engine, at_ms=AT + minute * MINUTE)
        told += [(minute, groups) for groups in look(services, AT + minute * MINUTE)]
    assert [minute for minute, _ in told] == [5, 65, 125]
    assert [sum(groups.values()) for _, groups in told] == [2, 12, 12]


def test_many_new_faults_share_their_mails(services: Services) -> None:
    told = []
    for minute in range(15):
        for number in range(3):
            fail(services.engine, f"fault {minute}-{number}", at_ms=AT + minute * MINUTE)
        told += look(services, AT + minute * MINUTE)
    assert [sum(groups.values()) for groups in told] == [3, 15, 15]


def test_of_too_many_faults_the_most_frequent_are_named_and_the_others_counted(services: Services) -> None:
    for number in range(25):
        fail(services.engine, f"fault {number:02}", count=number + 1)
    with writing(services.engine) as session:
        outgoing = digest(session, services, rules(session)["job_failed"], AT + MINUTE)
    (letter,) = outgoing.letters
    counts = [group["count"] for group in letter.data["groups"]]
    assert counts == list(range(25, 5, -1))
    assert (letter.data["total"], letter.data["more"]) == (325, 5)


def test_a_silenced_rule_keeps_what_it_has_collected(services: Services) -> None:
    fail(services.engine)
    with writing(services.engine) as session:
        change(session, "job_failed", silenced_until_ms=AT + HOUR)
    assert look(services, AT + HOUR - 1) == []
    assert look(services, AT + HOUR) == [{"f1 broke": 1}]


def test_a_rule_has_channels_and_addresses_of_its_own(services: Services) -> None:
    fail(services.engine)
    with writing(services.engine) as session:
        rule = change(session, "job_failed", channels=["mail"], addresses=["ben@lab.example"])
        outgoing = digest(session, services, rule, AT + MINUTE)
    assert [letter.to for letter in outgoing.letters] == [("ben@lab.example",)]
    assert outgoing.notices == []


def test_without_an_administrator_there_is_a_notice_and_no_mail(services: Services, database: Engine) -> None:
    alone = Services(database, services.links, services.mail, services.deliver)
    fail(database)
    assert look(alone, AT + MINUTE) == []
    assert [notice.title for notice in notices_for(database)] == ["1 job failed"]


def test_faults_that_were_told_and_are_over_are_forgotten(services: Services) -> None:
    fail(services.engine, "told")
    look(services, AT + MINUTE)
    fail(services.engine, "untold")
    with writing(services.engine) as session:
        assert forget(session, AT) == 0
        assert forget(session, AT + 1) == 1
    with reading(services.engine) as session:
        assert [row.fingerprint for row in session.query(FailureNoticeRow)] == ["untold"]


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ({"message": "row 17 of the file", "traceback": ""}, "row 17 of the file"),
        ({}, "as the event has it"),
        ({"message": "nul \x00 inside"}, "nul  inside"),
    ],
)
def test_a_failure_is_described_by_what_is_kept_of_it_else_by_its_event(kept: dict[str, str], message: str) -> None:
    told = '{"class":"bug","type":"KeyError","message":"as the event has it"}'
    failed = failed_job(Event("5-0", "job:failed", "01J", "add", "mail", 3, told), kept)
    assert failed is not None
    assert (failed.message, failed.error_type, failed.job, failed.at_ms) == (message, "KeyError", "01J", 5)


def test_failures_that_differ_in_their_data_are_one_fault() -> None:
    one, other = (
        failed_job(Event("5-0", "job:failed", "01J", "add", "mail", 3, ""), {"class": "bug", "message": f"no row {n}"})
        for n in (17, 18)
    )
    assert one is not None
    assert other is not None
    assert one.fingerprint == other.fingerprint
