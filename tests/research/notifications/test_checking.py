"""Administrators told of conditions: once when one begins, once when it is over."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from sqlalchemy import Engine, select

from callboard.history.database import reading, writing
from callboard.history.notification_models import AlertRow
from callboard.jobs.failpoints import InjectedFault
from research.notifications import alerts, checking
from research.notifications.alerts import UnknownAlert
from research.notifications.checking import check
from research.notifications.reader import read_events
from research.notifications.retention import KEEP_MS, forget_old
from research.notifications.rules import change
from research.notifications.services import Services
from research.webhooks import registry
from research.webhooks.filters import checked_filter
from tests.jobs import Board
from tests.research.notifications.conftest import ADMIN, calls, deliveries, mails, notices_for


def look(services: Services, board: Board, after_s: float = 0) -> list[tuple[list[str], list[str]]]:
    """What the mails of a look some time later say has begun, and is over."""
    board.advance(round(after_s * 1000))
    check(services)
    told = [mail["data"] for mail in mails(services.engine)]
    return [([one["cause"] for one in data["fired"]], [one["cause"] for one in data["resolved"]]) for data in told]


def rows(engine: Engine) -> list[AlertRow]:
    with reading(engine) as session:
        return list(session.scalars(select(AlertRow).order_by(AlertRow.key)))


CAUSE = "1 job wait in mail and no worker serves it"


def serve(board: Board, *queues: str) -> None:
    board.worker.say("register", "worker-1", 3_600_000, json.dumps({"queues": queues}))


# S2.44
def test_a_condition_is_told_once_when_it_has_lasted_and_once_when_it_is_over(services: Services, board: Board) -> None:
    board.enqueue("mail")
    assert look(services, board) == []
    assert look(services, board, 59) == []
    assert look(services, board, 1) == [([CAUSE], [])]
    for _ in range(10):
        assert look(services, board, 60) == []
    serve(board, "mail")
    assert look(services, board, 1) == []
    assert look(services, board, 60) == [([], [CAUSE])]
    for _ in range(3):
        assert look(services, board, 60) == []
    assert [notice.title for notice in notices_for(services.engine)] == [CAUSE, f"All right again: {CAUSE}"]


def test_a_condition_that_passes_at_once_is_told_to_nobody(services: Services, board: Board) -> None:
    board.enqueue("mail")
    look(services, board)
    serve(board, "mail")
    for _ in range(4):
        assert look(services, board, 30) == []
    assert rows(services.engine) == []


def test_a_condition_that_flutters_is_one_condition(services: Services, board: Board) -> None:
    board.enqueue("mail")
    look(services, board)
    told = look(services, board, 60)
    for _ in range(5):
        board.control.pause("mail")
        told += look(services, board, 20)
        board.control.resume("mail")
        told += look(services, board, 20)
    assert told == [([CAUSE], [])]


def test_a_condition_that_comes_back_is_told_again(services: Services, board: Board) -> None:
    board.enqueue("mail")
    told = look(services, board) + look(services, board, 60)
    serve(board, "mail")
    told += look(services, board, 60)
    board.worker.say("deregister", "worker-1")
    told += look(services, board) + look(services, board, 60)
    assert told == [([CAUSE], []), ([], [CAUSE]), ([CAUSE], [])]


def test_conditions_that_begin_together_share_a_mail(services: Services, board: Board) -> None:
    for queue in ("a", "b", "c"):
        board.enqueue(queue)
    look(services, board)
    ((begun, _),) = look(services, board, 60)
    assert len(begun) == 3


def test_a_silenced_condition_is_told_when_the_silence_is_over_and_it_still_holds(
    services: Services, board: Board
) -> None:
    board.enqueue("mail")
    look(services, board)
    with writing(services.engine) as session:
        alerts.silence(session, "no_workers:mail", until_ms=board.now + 600_000, now_ms=board.now)
    assert look(services, board, 599) == []
    assert look(services, board, 1) == [([CAUSE], [])]
    with writing(services.engine) as session:
        alerts.silence(session, "no_workers:mail", until_ms=board.now + 600_000, now_ms=board.now)
    serve(board, "mail")
    assert look(services, board, 120) == []  # nor is its end told


def test_a_silence_ends_with_its_condition(services: Services, board: Board) -> None:
    with writing(services.engine) as session:
        alerts.silence(session, "no_workers:mail", until_ms=board.now + 3_600_000, now_ms=board.now)
    board.enqueue("mail")
    assert look(services, board, 30) == []
    assert look(services, board, 60) == []
    serve(board, "mail")
    look(services, board, 60)
    assert rows(services.engine) == []
    board.worker.say("deregister", "worker-1")
    assert look(services, board) + look(services, board, 60) == [([CAUSE], [])]


@pytest.mark.parametrize("key", ["nothing:mail", "no_workers", "no_workers:"])
def test_what_cannot_be_a_condition_cannot_be_silenced(services: Services, key: str) -> None:
    with writing(services.engine) as session, pytest.raises(UnknownAlert, match=f'"{key}" is no condition'):
        alerts.silence(session, key, until_ms=2, now_ms=1)


def test_a_silenced_rule_tells_nobody(services: Services, board: Board) -> None:
    with writing(services.engine) as session:
        change(session, "no_workers", silenced_until_ms=board.now + 120_000)
    board.enqueue("mail")
    assert look(services, board) == []
    assert look(services, board, 119) == []
    assert look(services, board, 1) == [([CAUSE], [])]


def test_each_rule_may_have_addresses_of_its_own(services: Services, board: Board) -> None:
    with writing(services.engine) as session:
        change(session, "no_workers", addresses=["ben@lab.example"])
        change(session, "paused", numbers={"for_s": 0})
    board.enqueue("mail")
    board.enqueue("lab")
    board.control.pause("lab")
    look(services, board)
    board.advance(60_000)
    check(services)
    assert {tuple(mail["to"]) for mail in mails(services.engine)} == {("ben@lab.example",)}
    assert [notice.kind for notice in notices_for(services.engine)] == ["paused", "no_workers"]


def test_webhooks_get_the_beginning_and_the_end(services: Services, board: Board) -> None:
    with writing(services.engine) as session:
        registry.add(session, "https://lab.example/x", checked_filter(["alert:*"]), at_ms=1)
    board.enqueue("mail")
    look(services, board)
    look(services, board, 60)
    serve(board, "mail")
    look(services, board, 60)
    bodies = [json.loads(delivery.body) for delivery in deliveries(services.engine)]
    assert [(body["type"], body["alert"], body["data"]["cause"]) for body in bodies] == [
        ("alert:fired", "no_workers:mail", CAUSE),
        ("alert:resolved", "no_workers:mail", CAUSE),
    ]


def test_viewers_of_the_stream_are_told_and_webhooks_not_twice(services: Services, board: Board) -> None:
    with writing(services.engine) as session:
        registry.add(session, "https://lab.example/x", checked_filter(["alert:*"]), at_ms=1)
    board.enqueue("mail")
    look(services, board)
    look(services, board, 60)
    (event,) = [event for event in board.events() if event.event == "alert:fired"]
    assert (event.job, event.type, event.values["cause"]) == ("no_workers:mail", "no_workers", CAUSE)
    read_events(services)
    assert len(deliveries(services.engine)) == 1


def test_two_who_check_at_once_tell_once(services: Services, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    board.enqueue("mail")
    look(services, board)
    board.advance(60_000)
    both, found = threading.Barrier(2), checking.findings

    def together(scene: Any, *conditions: Any) -> Any:
        both.wait(10)
        return found(scene, *conditions)

    monkeypatch.setattr(checking, "findings", together)
    threads = [threading.Thread(target=check, args=(services,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [mail["to"] for mail in mails(services.engine)] == [[ADMIN]]
    assert len(notices_for(services.engine)) == 1


def test_a_check_that_fails_midway_has_told_nobody_and_the_next_one_does(
    services: Services, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.enqueue("mail")
    look(services, board)
    board.advance(60_000)

    def dies(*_: object) -> None:
        raise InjectedFault("in the middle")

    with monkeypatch.context() as patched:
        patched.setattr(checking.failures, "digest", dies)
        with pytest.raises(InjectedFault):
            check(services)
    assert calls(services.engine) == []
    assert look(services, board) == [([CAUSE], [])]


def test_conditions_that_are_long_over_are_forgotten(services: Services, board: Board) -> None:
    board.enqueue("mail")
    look(services, board)
    look(services, board, 60)
    serve(board, "mail")
    look(services, board, 60)
    assert [row.resolved_ms for row in rows(services.engine)] == [board.now]
    forget_old(services.engine, board.now + KEEP_MS)
    assert len(rows(services.engine)) == 1
    forget_old(services.engine, board.now + KEEP_MS + 1)
    assert rows(services.engine) == []
