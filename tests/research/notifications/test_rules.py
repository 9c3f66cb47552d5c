"""Rules: defaults in the code, changes in SQL."""

import pytest
from sqlalchemy import Engine

from callboard.history.database import reading, writing
from research.mail.addresses import MailRefused
from research.notifications.rules import DEFAULTS, BadRule, change, restore, rules


def test_without_changes_the_defaults_hold(database: Engine) -> None:
    with reading(database) as session:
        assert tuple(rules(session).values()) == DEFAULTS


def test_what_is_changed_holds_and_the_rest_stays(database: Engine) -> None:
    with writing(database) as session:
        change(session, "backlog", numbers={"waiting": 50})
        change(session, "backlog", numbers={"oldest_s": 60}, addresses=["ben@lab.example"], silenced_until_ms=1_000)
        change(session, "no_workers", enabled=False, channels=["notice"])
    with reading(database) as session:
        found = rules(session)
    backlog, nobody = found["backlog"], found["no_workers"]
    assert backlog.numbers == {"waiting": 50, "oldest_s": 60, "for_s": 60}
    assert (backlog.addresses, backlog.channels, backlog.enabled) == (("ben@lab.example",), ("mail", "notice"), True)
    assert (backlog.silent(999), backlog.silent(1_000)) == (True, False)
    assert (nobody.enabled, nobody.channels, nobody.silent(0)) == (False, ("notice",), True)


def test_a_rule_is_brought_back_to_its_default(database: Engine) -> None:
    with writing(database) as session:
        change(session, "budget", numbers={"usd": 50})
        default = restore(session, "budget")
    with reading(database) as session:
        assert rules(session)["budget"] == default


def test_what_a_rule_cannot_be_is_refused_with_what_it_can(database: Engine) -> None:
    with writing(database) as session:
        with pytest.raises(BadRule, match='rule "nothing" is unknown; there are job_ended, job_failed'):
            change(session, "nothing", enabled=False)
        with pytest.raises(BadRule, match='has no number "waitin"; it has waiting, oldest_s, for_s'):
            change(session, "backlog", numbers={"waitin": 1})
        with pytest.raises(BadRule, match="must be from 0 to"):
            change(session, "backlog", numbers={"waiting": float("nan")})
        with pytest.raises(BadRule, match='channel "pigeon" is unknown; there are mail, notice'):
            change(session, "backlog", channels=["pigeon"])
        with pytest.raises(MailRefused):
            change(session, "backlog", addresses=["nobody"])
