"""Notices in the application."""

from sqlalchemy import Engine

from callboard.history.database import reading, writing
from research.notifications import notices
from research.notifications.notices import Notice

AT = 1_700_000_000_000


def notice(id: str, audience: str = "ann", at_ms: int = AT) -> Notice:
    return Notice(id, audience, "job_ended", "done \x00", "x" * 9_000, at_ms, "01J")


def test_a_notice_is_there_once_bounded_and_for_its_audience_alone(database: Engine) -> None:
    with writing(database) as session:
        assert notices.add_notice(session, notice("1"))
        assert not notices.add_notice(session, notice("1", "ben"))
        notices.add_notice(session, notice("2", "ben"))
    with reading(database) as session:
        (mine,) = notices.latest(session, "ann")
    assert (mine.title, len(mine.text), mine.job) == ("done ", 4_000, "01J")


def test_what_was_read_is_no_longer_counted_and_nobody_reads_for_another(database: Engine) -> None:
    with writing(database) as session:
        for id in ("1", "2", "3"):
            notices.add_notice(session, notice(id))
        notices.mark_read(session, "ben", ["1"], AT)
        notices.mark_read(session, "ann", ["2"], AT + 1)
        notices.mark_read(session, "ann", ["2"], AT + 2)
    with reading(database) as session:
        assert notices.unread_count(session, "ann") == 2
        assert [one.id for one in notices.latest(session, "ann", unread=True)] == ["3", "1"]
        assert [one.read_ms for one in notices.latest(session, "ann")] == [None, AT + 1, None]


def test_old_notices_are_forgotten(database: Engine) -> None:
    with writing(database) as session:
        for number in range(3):
            notices.add_notice(session, notice(str(number), at_ms=AT + number))
        assert notices.forget(session, AT + 2) == 2
        assert [one.id for one in notices.latest(session, "ann")] == ["2"]
