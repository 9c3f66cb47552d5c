"""Wake-ups that a worker took and could not use, and jobs read ahead by a worker whose sweep had gone to rest."""

import pytest

from callboard.broker import consumer
from callboard.broker.attempt import Attempt
from callboard.broker.consumer import QueueConsumer
from callboard.broker.errors import ConnectionLost, ScriptFault
from callboard.broker.keys import WAKE
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.jobs.call import Call
from callboard.jobs.flow import chain, plan
from callboard.jobs.outcome import Complete, Fail, Failure
from tests.callboard.broker.test_exchange import Desk, desk
from tests.proxy import Rule
from tests.waiting import wait_until

__all__ = ["desk"]


def _tokens(desk: Desk, *queues: str) -> list[str]:
    return [queue for queue in queues if desk.direct.call("LLEN", WAKE(desk.direct.prefix, queue))]


def _lead(desk: Desk, *queues: str, threads: int = 1) -> QueueConsumer:
    desk.exchange.threads, desk.exchange.queues = threads, list(queues)
    return QueueConsumer(desk.exchange, queues[0], lead=True, timeout_ms=20)


def test_jobs_read_ahead_behind_long_ones_go_to_other_workers_by_themselves(desk: Desk) -> None:
    desk.exchange._mean = 0.0001  # the last jobs were over at once
    desk.client.enqueue_many([Call("add", "default") for _ in range(20)])
    desk.exchange.fetch()
    running: list[Attempt] = [desk.exchange.work.get() for _ in range(4)]  # and these are not
    wait_until(lambda: desk.store.counts("default")["active"] == 4, what="the others are handed back")
    assert {desk.state(attempt) for attempt in running} == {"active"}


def test_a_token_whose_job_found_no_thread_goes_to_another_worker(desk: Desk) -> None:
    lead = _lead(desk, "left", "right")
    desk.client.enqueue_many([Call("add", "left"), Call("add", "right")])
    lead._wait(1.0)
    (taken,) = {"left", "right"} - set(_tokens(desk, "left", "right"))
    desk.exchange._tokens = 1 if taken == "left" else 0  # the other queue comes first now
    next(lead)
    (attempt,) = desk.exchange.work.take_all()
    assert attempt.queue_name != taken
    next(lead)
    assert taken in _tokens(desk, "left", "right")
    lead.close()


def test_a_token_that_came_while_another_thread_took_the_last_room_goes_to_another_worker(desk: Desk) -> None:
    lead = _lead(desk, "default")
    desk.client.enqueue(Call("add", "default"))
    lead._wait(1.0)
    desk.exchange.threads = 0  # all taken by now
    next(lead)
    assert _tokens(desk, "default") == ["default"]
    lead.close()


def test_who_is_full_tells_another_worker_of_what_becomes_due(desk: Desk) -> None:
    lead = _lead(desk, "now", "later")
    desk.client.enqueue(Call("add", "later", delay=60.0))
    lead._wait(1.0)
    desk.client.enqueue(Call("add", "now"))
    desk.direct.call("DEL", WAKE(desk.direct.prefix, "now"))
    next(lead)
    next(lead)
    assert "later" in _tokens(desk, "now", "later")
    lead.close()


def test_a_token_that_was_followed_up_is_not_passed_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "SAFETY_POLL", 0.01)
    lead = _lead(desk, "default", threads=2)
    desk.client.enqueue(Call("add", "default"))
    lead._wait(1.0)
    next(lead)
    assert desk.exchange.work.qsize() == 1
    desk.exchange.threads = 1
    next(lead)
    assert _tokens(desk, "default") == []
    lead.close()
    assert _tokens(desk, "default") == []


def test_an_answer_from_memory_is_followed_by_a_fresh_look(desk: Desk) -> None:
    desk.proxy.rules.append(Rule("drop_reply", frozenset({"fetch"}), count=1))
    desk.client.enqueue(Call("add", "default"))
    with pytest.raises(ConnectionLost):
        desk.exchange.fetch()
    desk.client.enqueue(Call("add", "default"))
    assert desk.exchange.may_fetch()
    assert desk.exchange.fetch() == 0
    assert desk.exchange.work.qsize() == 1


def test_a_step_whose_parents_result_was_forgotten_fails_and_is_not_run_with_nothing(desk: Desk) -> None:
    first, second = Call("add", "default"), Call("add", "default")
    desk.client.start_flow(plan(chain(first, second)))
    for outcome in (Complete("1"), Fail(Failure("permanent", "Test", "on purpose"))):
        desk.exchange.fetch()
        attempt = desk.exchange.work.get(timeout=5)
        attempt.outcome = outcome
        desk.exchange.conclude(attempt)
        desk.written(attempt)
    assert desk.client.remove(first.id) == ["REMOVED"]
    assert desk.client.rerun(second.id) == ["WAITING"]
    desk.exchange.fetch()
    wait_until(lambda: desk.store.get(second.id).state == "failed", what="it has failed")
    failure = desk.store.errors(second.id)[-1]["failure"]
    assert failure["class"] == "permanent"
    assert f"job {first.id} was forgotten" in failure["message"]


def test_a_refusal_while_connecting_is_an_error_of_ours_too(valkey_url: str) -> None:
    links = Links(valkey_url.removesuffix("/0") + "/99", Scripts())
    with pytest.raises(ScriptFault, match="DB index is out of range"):
        links.call("PING")
    links.close()


def test_an_outcome_that_the_client_cannot_send_does_not_jam_its_worker(desk: Desk) -> None:
    bad, good = desk.fetched(2)
    bad.outcome, good.outcome = Complete({"not": "text"}), Complete("1")  # type: ignore[arg-type]
    desk.exchange._unwritten.append(bad)
    desk.exchange.conclude(good)
    desk.written(good)
    assert list(desk.exchange.held) == []
