"""From events to mails, notices and deliveries: each once, whoever reads and whenever one dies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, text

from callboard.broker import keys
from callboard.history.database import reading, writing
from callboard.history.models import JobRow
from callboard.history.notification_models import FailureNoticeRow
from callboard.jobs.failpoints import InjectedFault, armed
from callboard.jobs.flow import chain
from research.notifications import position, reader
from research.notifications.reader import read_events
from research.notifications.rules import change
from research.notifications.services import Services
from research.outbound.addresses import allowed
from research.webhooks import registry
from research.webhooks.filters import Filter, checked_filter
from research.webhooks.registry import Webhook
from tests.jobs import Board, failure, make_call
from tests.research.notifications.conftest import calls, deliveries, mails, notices_for

ANN = {"user": "ann", "notify": "ann@lab.example"}


def register(engine: Engine, wanted: Filter, url: str = "http://127.0.0.1:1/hook") -> Webhook:
    with writing(engine) as session:
        return registry.add(session, url, wanted, at_ms=1, allow=allowed(["127.0.0.0/8"]))[0]


def failures(engine: Engine) -> list[FailureNoticeRow]:
    with reading(engine) as session:
        return list(session.query(FailureNoticeRow))


# S1.18 S4.30
def test_a_user_who_asked_for_it_is_told_that_a_job_has_completed(services: Services, board: Board) -> None:
    id = board.enqueue(meta=ANN, type="data_export")
    board.advance(200_000)
    taken = board.worker.take()
    board.advance(3_000)
    board.worker.complete(taken, result={"rows": 1000, "file": "f_1", "parts": [1, 2]})
    assert read_events(services) is False
    (sent,) = calls(services.engine)
    assert (sent.type, sent.meta, sent.tags) == ("email_send", {"notifier": "job"}, ("notification",))
    assert sent.kwargs == {
        "to": ["ann@lab.example"],
        "template": "job_completed",
        "data": {
            "type": "data_export",
            "job": id,
            "attempts": 1,
            "took": "3.0 s",
            "facts": [["rows", "1,000"], ["file", "f_1"]],
            "url": f"https://jobs.lab.example/jobs/{id}",
        },
    }
    (notice,) = notices_for(services.engine, "ann")
    assert (notice.title, notice.text, notice.job) == ("data_export has completed", "It took 3.0 s.", id)


# S1.21
def test_a_user_and_the_administrators_are_told_that_a_job_has_failed(services: Services, board: Board) -> None:
    id = board.job_in("failed", meta=ANN)
    read_events(services)
    (sent,) = mails(services.engine)
    assert (sent["template"], sent["data"]["error"]) == ("error_notification", "the disk is on fire")
    assert [notice.title for notice in notices_for(services.engine, "ann")] == ["add has failed"]
    (fault,) = failures(services.engine)
    assert (fault.untold, fault.type, fault.message, fault.sample_job) == (1, "add", "the disk is on fire", id)


@pytest.mark.parametrize("state", ["waiting", "delayed", "active", "cancelled"])
def test_nobody_is_mailed_before_the_end_or_of_a_job_they_cancelled(
    services: Services, board: Board, state: str
) -> None:
    board.job_in(state, meta=ANN)
    read_events(services)
    assert calls(services.engine) == []


def test_jobs_that_ask_for_nothing_lead_to_nothing(services: Services, board: Board) -> None:
    for state in ("completed", "cancelled"):
        board.job_in(state, queue=state, meta={"user": "ann"})
    read_events(services)
    assert calls(services.engine) == []
    assert notices_for(services.engine, "ann") == []


def test_a_wish_that_cannot_be_understood_is_logged_and_holds_nobody_up(
    services: Services, board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    bad = board.job_in("completed", queue="bad", meta={"notify": "a@b.c\nBcc: eve@evil.example"})
    board.job_in("completed", queue="good", meta=ANN)
    read_events(services)
    assert [sent["to"] for sent in mails(services.engine)] == [["ann@lab.example"]]
    assert f"nobody is told of the end of job {bad}" in caplog.text


def test_a_user_may_be_told_by_notice_or_mail_alone(services: Services, board: Board) -> None:
    with writing(services.engine) as session:
        change(session, "job_ended", channels=["notice"])
    board.job_in("completed", queue="one", meta=ANN)
    read_events(services)
    assert (len(calls(services.engine)), len(notices_for(services.engine, "ann"))) == (0, 1)
    with writing(services.engine) as session:
        change(session, "job_ended", enabled=False)
    board.job_in("completed", queue="two", meta=ANN)
    read_events(services)
    assert (len(calls(services.engine)), len(notices_for(services.engine, "ann"))) == (0, 1)


# S4.46
def test_a_webhook_gets_the_events_that_fit_its_filter(services: Services, board: Board) -> None:
    hook = register(services.engine, checked_filter(["job:completed", "flow:*"], types=["add"]))
    id = board.job_in("completed", meta={"user": "ann"}, tags=("urgent",))
    board.job_in("failed", queue="other")
    board.job_in("completed", queue="third", type="subtract")
    read_events(services)
    (delivery,) = deliveries(services.engine)
    assert (delivery.webhook, delivery.event, delivery.subject, delivery.state) == (
        hook.id,
        "job:completed",
        id,
        "waiting",
    )
    body = json.loads(delivery.body)
    assert (body["type"], body["job"], body["job_type"], body["queue"]) == ("job:completed", id, "add", "default")
    about = {"attempt": 1, "user": "ann", "tags": ["urgent"], "url": f"https://jobs.lab.example/jobs/{id}"}
    assert about.items() <= body["data"].items()
    (call,) = calls(services.engine)
    assert (call.type, call.kwargs, f"msg_{call.id}") == ("webhook_deliver", {"delivery": delivery.id}, delivery.id)


def test_a_webhook_that_is_off_gets_nothing(services: Services, board: Board) -> None:
    hook = register(services.engine, checked_filter(["*"]))
    with writing(services.engine) as session:
        registry.switch(session, hook.id, on=False)
    board.job_in("completed")
    read_events(services)
    assert deliveries(services.engine) == []


def test_deliveries_do_not_lead_to_deliveries(services: Services, board: Board) -> None:
    register(services.engine, checked_filter(["*"]))
    board.job_in("failed", type="webhook_deliver", queue="webhooks")
    read_events(services)
    assert [d.event for d in deliveries(services.engine)] == []
    assert failures(services.engine) == []


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled"])
def test_the_end_of_a_job_is_delivered_to_the_webhook_that_it_names(
    services: Services, board: Board, state: str
) -> None:
    known = register(services.engine, checked_filter(["flow:*"]))
    board.job_in(state, queue="by-id", meta={"webhook": known.id})
    board.job_in(state, queue="by-url", meta={"webhook": "http://127.0.0.1:1/other"})
    board.job_in(state, queue="unknown", meta={"webhook": "wh_gone"})
    board.job_in(state, queue="inside", meta={"webhook": "http://10.0.0.1/"})
    read_events(services)
    assert [delivery.event for delivery in deliveries(services.engine)] == [f"job:{state}"] * 2
    with reading(services.engine) as session:
        scopes = {hook.url: hook.scope for hook in registry.every(session)}
    assert scopes == {"http://127.0.0.1:1/hook": "events", "http://127.0.0.1:1/other": "job"}


def test_a_failed_mail_of_our_own_makes_one_notice_an_hour_and_no_mail(services: Services, board: Board) -> None:
    for _ in range(3):
        board.job_in("failed", type="email_send", queue="email-notifications", meta={"notifier": "failures"})
    read_events(services)
    assert calls(services.engine) == []
    assert failures(services.engine) == []
    (notice,) = notices_for(services.engine)
    assert (notice.title, notice.text) == ("a notification could not be sent by email_send", "the disk is on fire")


def test_a_job_that_fell_with_another_is_no_fault_of_its_own(services: Services, board: Board) -> None:
    board.start(chain(make_call("default"), make_call("default")))
    board.worker.fail(board.worker.take())
    board.worker.settle()
    read_events(services)
    assert [(fault.untold, fault.total) for fault in failures(services.engine)] == [(1, 1)]


def test_failures_of_one_fault_are_counted_together(services: Services, board: Board) -> None:
    for number in range(3):
        board.enqueue()
        taken = board.worker.take()
        told = failure("permanent", f"no row {number} in table 'papers_{number}'")
        board.worker.say("fail", taken.id, taken.fence, told)
        read_events(services)
    (fault,) = failures(services.engine)
    assert (fault.untold, fault.total, fault.message) == (3, 3, "no row 2 in table 'papers_2'")


def test_a_notifier_begins_with_what_happens_after_its_first_look(services: Services, board: Board) -> None:
    with writing(services.engine) as session:
        session.execute(text("DELETE FROM notifier_positions"))
    board.job_in("completed", meta=ANN)
    read_events(services)
    assert calls(services.engine) == []
    board.job_in("completed", queue="next", meta=ANN)
    read_events(services)
    assert len(calls(services.engine)) == 1


@pytest.mark.parametrize("point", ["notifier.decided", "notifier.written"])
def test_a_notifier_that_dies_at_any_point_loses_nothing_and_repeats_nothing(
    services: Services, board: Board, point: str
) -> None:
    register(services.engine, checked_filter(["job:*"]))
    for number in range(3):
        board.job_in("completed", queue=f"q{number}", meta=ANN)
        board.job_in("failed", queue=f"f{number}", meta=ANN)
        with armed(f"{point}:error"), pytest.raises(InjectedFault):
            read_events(services)
        read_events(services)
    assert len(mails(services.engine)) == 6
    assert len(notices_for(services.engine, "ann")) == 6
    assert sum(fault.untold for fault in failures(services.engine)) == 3
    told = [(d.event, d.subject) for d in deliveries(services.engine)]
    assert len(told) == len(set(told)) == 18


def test_two_notifiers_tell_everything_once(services: Services, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    decide = reader.decide

    def slowly(of: Services, events: Any) -> Any:
        decided = decide(of, events)
        monkeypatch.setattr(reader, "decide", decide)
        read_events(services)  # the other one is faster
        return decided

    board.job_in("failed", meta=ANN)
    monkeypatch.setattr(reader, "decide", slowly)
    assert read_events(services) is True  # there may be more: somebody else has just read this
    assert read_events(services) is False
    assert len(mails(services.engine)) == 1
    assert [fault.untold for fault in failures(services.engine)] == [1]


def test_a_job_that_runs_again_is_told_again(services: Services, board: Board) -> None:
    id = board.job_in("completed", meta=ANN)
    board.client.rerun(id)
    board.hire("default", name="worker-2").run_all()
    read_events(services)
    assert len(mails(services.engine)) == 2


def test_a_job_that_redis_has_forgotten_is_known_from_the_history(services: Services, board: Board) -> None:
    id = board.job_in("completed", meta={})
    board.client.remove(id)
    recorded(services.engine, id, board.now)
    read_events(services)
    assert [sent["data"]["job"] for sent in mails(services.engine)] == [id]


def recorded(engine: Engine, id: str, at_ms: int, state: str = "completed") -> None:
    """A job that has ended, as the recorder would have written it."""
    numbers = {"version": 3, "priority": 3, "attempt": 1, "attempts": 3, "crashes": 0, "fence": 1}
    with writing(engine) as session:
        session.add(
            JobRow(
                id=id,
                type="add",
                queue="default",
                state=state,
                enqueued_ms=at_ms,
                started_ms=at_ms,
                finished_ms=at_ms,
                meta=json.dumps(ANN),
                error_class="permanent" if state == "failed" else None,
                error_type="OSError" if state == "failed" else None,
                error_message="the disk is on fire" if state == "failed" else None,
                **numbers,
            )
        )


def test_where_events_were_forgotten_before_they_were_read_the_ends_come_from_the_history(
    services: Services, board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    with reading(services.engine) as session:
        place = position.find(session, board.prefix)
    assert place is not None
    board.enqueue()
    read_events(services)
    at = int(latest(board).partition("-")[0])
    recorded(services.engine, "LOST-1", at + 1)
    recorded(services.engine, "LOST-2", at + 2, "failed")
    recorded(services.engine, "LATER", at + 10_000_000)
    later = f"{at + 5_000}-0"
    board.links.call("XADD", keys.EVENTS(board.prefix), later, "event", "queue:status", "queue", "default")
    board.links.call("XTRIM", keys.EVENTS(board.prefix), "MINID", later)
    assert read_events(services) is False
    assert [sent["data"]["job"] for sent in mails(services.engine)] == ["LOST-1", "LOST-2"]
    assert [fault.untold for fault in failures(services.engine)] == [1]
    assert "were gone before they were read; 2 ends of jobs were taken from the history instead" in caplog.text
    read_events(services)
    assert mails(services.engine) == []


def latest(board: Board) -> str:
    return str(board.links.call("XREVRANGE", keys.EVENTS(board.prefix), "+", "-", "COUNT", 1)[0][0])


def test_after_redis_was_emptied_the_new_events_are_told(
    services: Services, board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    board.job_in("completed", queue="before", meta=ANN)
    read_events(services)
    for key in board.links.call("KEYS", f"{board.prefix}:*"):
        board.links.call("DEL", key)
    board.advance(0)
    board.job_in("completed", queue="after", meta=ANN)
    read_events(services)
    assert len(mails(services.engine)) == 2
    assert "Redis holds other data" in caplog.text


def test_more_events_than_one_batch_are_read_in_their_time(
    services: Services, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("research.notifications.reader.BATCH", 10)
    board.enqueue_many(25, meta=ANN)
    board.worker.run_all()
    assert read_events(services, seconds=0) is True
    while read_events(services):
        pass
    assert len(mails(services.engine)) == 25


# X9
def test_arguments_and_results_are_in_no_delivery(services: Services, board: Board) -> None:
    register(services.engine, checked_filter(["*"]))
    board.job_in("completed", kwargs={"key": "sk-CANARY-1"}, meta={"token": "sk-CANARY-2"})
    removed = board.job_in("failed", queue="other", kwargs={"key": "sk-CANARY-3"})
    board.client.remove(removed)
    read_events(services)
    bodies = [delivery.body for delivery in deliveries(services.engine)]
    assert len(bodies) >= 7
    assert [body for body in bodies if "CANARY" in body] == []


def test_what_is_only_told_again_after_a_loss_is_told_to_nobody(services: Services, board: Board) -> None:
    register(services.engine, checked_filter(["job:added"]))
    board.enqueue()
    told = ("event", "job:added", "type", "add", "queue", "default", "version", 1001)
    data = ("data", '{"state":"waiting","restored":true}')
    board.links.call("XADD", board.key(keys.EVENTS), "*", "id", "lost-once", *told, *data)
    read_events(services)
    assert len(deliveries(services.engine)) == 1
