"""Searches that are watched, and the history of what was told."""

from __future__ import annotations

import pytest

from callboard.history.database import reading, writing
from callboard.history.errors import NameTaken
from callboard.history.search.errors import BadQuery
from callboard.history.search.find import Count
from research.notifications import firings, retention, watches
from research.notifications.attention import attention
from research.notifications.checking import check
from research.notifications.services import Services
from research.notifications.watches import WatchMissing
from research.webhooks import registry
from research.webhooks.filters import checked_filter
from tests.callboard.history.failing import finished
from tests.jobs import Board
from tests.research.notifications.conftest import deliveries, mails, notices_for


@pytest.fixture
def watch(services: Services, board: Board) -> str:
    """A watch of failed mails, of which two are allowed."""
    with writing(services.engine) as session:
        return watches.create(session, "failed mails", "state:failed type:mail", 2, board.now, by="ann").id


def test_more_jobs_than_a_watch_allows_are_told_once_and_so_is_the_end(
    services: Services, board: Board, watch: str
) -> None:
    finished(services.engine, 2, board.now - 1_000, state="failed")
    check(services)
    assert mails(services.engine) == []
    ids = finished(services.engine, 1, board.now - 1_000, state="failed")
    check(services)
    check(services)

    (mail,) = mails(services.engine)
    assert mail["data"]["fired"][0]["cause"] == "3 jobs fit failed mails, more than 2"
    (finding,) = attention(board.store, services.engine)
    assert (finding.key, finding.count, finding.query) == (f"view:{watch}", 3, "state:failed type:mail")

    with writing(services.engine) as session:
        watches.change(session, watch, above=3)
    assert ids
    assert attention(board.store, services.engine) == []
    board.advance(61_000)
    check(services)
    assert [notice.title for notice in notices_for(services.engine)][-1].startswith("All right again")


def test_what_was_told_is_remembered_with_its_end(services: Services, board: Board, watch: str) -> None:
    finished(services.engine, 3, board.now - 1_000, state="failed")
    check(services)
    with reading(services.engine) as session:
        (row,) = firings.latest(session)
    assert (row.key, row.count, row.fired_ms, row.resolved_ms) == (f"view:{watch}", 3, board.now, None)

    with writing(services.engine) as session:
        watches.change(session, watch, enabled=False)
    board.advance(61_000)
    check(services)
    with reading(services.engine) as session:
        assert firings.latest(session)[0].resolved_ms == board.now

    retention.forget_old(services.engine, board.now + retention.KEEP_NOTICES_MS + 1)
    with reading(services.engine) as session:
        assert firings.latest(session) == []


def test_a_search_that_takes_too_long_is_told_to_nobody(
    services: Services, board: Board, watch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches, "count", lambda *_, **__: Count(9, exact=False))
    check(services)

    with reading(services.engine) as session:
        assert watches.get(session, watch).count is None
    assert mails(services.engine) == []


def test_a_watch_has_a_name_of_its_own_and_a_search_that_is_understood(services: Services, watch: str) -> None:
    with writing(services.engine) as session, pytest.raises(NameTaken, match="failed mails"):
        watches.create(session, "failed mails", "", 1, 0)
    with writing(services.engine) as session, pytest.raises(BadQuery):
        watches.create(session, "other", "state:(", 1, 0)
    with writing(services.engine) as session, pytest.raises(WatchMissing):
        watches.remove(session, "nothing")


def test_a_chat_is_told_in_words(services: Services, board: Board, watch: str) -> None:
    with writing(services.engine) as session:
        wanted = checked_filter(["alert:*"], [], [])
        registry.add(session, "http://127.0.0.1:9/x", wanted, at_ms=board.now, allow=services.allow, shape="slack")
        watches.change(session, watch, name="<odd> & mails")
    finished(services.engine, 3, board.now - 1_000, state="failed")
    check(services)

    (sent,) = deliveries(services.engine)
    assert sent.body == (
        f'{{"text":"*alert:fired view:{watch}*\\n3 jobs fit &lt;odd&gt; &amp; mails, more than 2'
        '\\nlook at them: callboard ls state:failed type:mail"}'
    )
