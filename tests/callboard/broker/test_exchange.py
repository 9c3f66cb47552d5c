"""The races of the exchange, each brought about on purpose."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from callboard.broker.attempt import Attempt
from callboard.broker.client import Client
from callboard.broker.errors import ConnectionGone, ConnectionLost, ScriptFault
from callboard.broker.exchange import Exchange
from callboard.broker.keys import JOB
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.broker.store import Store
from callboard.jobs.call import Call
from callboard.jobs.outcome import Complete, Fail, Failure
from tests.proxy import Proxy, Rule
from tests.waiting import wait_until


class Desk:
    """An exchange whose threads are the test itself."""

    def __init__(self, url: str, prefix: str, threads: int = 4) -> None:
        scripts = Scripts()
        self.direct = Links(url, scripts, prefix)
        # Or the first call of a script is the one that loads it, and a rule of the proxy falls upon that.
        self.direct.run(*[("SCRIPT", "LOAD", text) for text in scripts.text.values()])
        self.proxy = Proxy(url, scripts)
        self.client, self.store = Client(self.direct), Store(self.direct)
        self.exchange = Exchange(Links(self.proxy.url, scripts, prefix), "desk", 30_000, "add".__eq__)
        self.exchange.threads = threads
        self.exchange.queues = ["default"]

    def fetched(self, count: int = 1, type: str = "add") -> list[Attempt]:
        """Attempts of new jobs, as threads have taken them."""
        self.client.enqueue_many([Call(type, "default") for _ in range(count)])
        self.exchange.fetch()
        return self.exchange.work.take_all()

    def state(self, attempt: Attempt) -> str:
        """The state of the job of an attempt."""
        return self.store.get(attempt.message_id).state

    def written(self, *attempts: Attempt, seconds: float = 10.0) -> None:
        """Wait until none of them is active any more."""
        wait_until(lambda: not [a for a in attempts if self.state(a) == "active"], seconds=seconds, what="all written")


@pytest.fixture
def desk(valkey_url: str, prefix: str) -> Iterator[Desk]:
    """An exchange on its own keys, behind a proxy."""
    desk = Desk(valkey_url, prefix)
    yield desk
    desk.exchange.close()
    desk.proxy.close()
    desk.direct.close()


def test_an_outcome_left_to_a_fetch_that_is_just_over_is_written_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (attempt,) = desk.fetched()
    whole_exchange = desk.exchange.exchange

    def and_then_somebody_leaves_an_outcome() -> int | None:
        next_ms = whole_exchange()
        monkeypatch.setattr(desk.exchange, "exchange", whole_exchange)
        attempt.outcome = Complete("1")
        desk.exchange.conclude(attempt)  # finds the turn taken
        return next_ms

    monkeypatch.setattr(desk.exchange, "exchange", and_then_somebody_leaves_an_outcome)
    desk.exchange.fetch()
    desk.written(attempt)
    assert desk.state(attempt) == "completed"


def test_an_outcome_left_to_a_fetch_that_fails_is_written_when_the_server_is_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (attempt,) = desk.fetched()
    whole_exchange = desk.exchange.exchange

    def somebody_leaves_an_outcome_and_the_connection_breaks() -> int | None:
        monkeypatch.setattr(desk.exchange, "exchange", whole_exchange)
        attempt.outcome = Complete("1")
        desk.exchange.conclude(attempt)
        raise ConnectionGone("just now")

    monkeypatch.setattr(desk.exchange, "exchange", somebody_leaves_an_outcome_and_the_connection_breaks)
    with pytest.raises(ConnectionLost):
        desk.exchange.fetch()
    desk.written(attempt)


def test_the_same_jobs_come_again_when_the_reply_to_a_fetch_was_lost(desk: Desk) -> None:
    desk.proxy.rules.append(Rule("drop_reply", frozenset({"fetch"}), count=1))
    ids = desk.client.enqueue_many([Call("add", "default") for _ in range(4)])
    with pytest.raises(ConnectionLost):
        desk.exchange.fetch()
    desk.client.enqueue(Call("add", "default"))
    assert desk.exchange.may_fetch()
    desk.exchange.fetch()
    attempts = desk.exchange.work.take_all()
    assert [attempt.message_id for attempt in attempts] == ids
    assert {attempt.attempt for attempt in attempts} == {1}


def test_an_outcome_is_written_once_though_its_reply_was_lost(desk: Desk) -> None:
    desk.proxy.rules.append(Rule("drop_reply", frozenset({"complete"}), count=3))
    (attempt,) = desk.fetched()
    attempt.outcome = Complete('"once"')
    desk.exchange.conclude(attempt)
    wait_until(lambda: not desk.exchange.held, what="the outcome is answered")
    job = desk.store.get(attempt.message_id)
    assert (job.state, job.result, job.version) == ("completed", "once", 3)
    assert desk.proxy.hits["complete"] == 3


def test_an_outcome_that_no_script_takes_holds_up_nobody(desk: Desk, valkey_url: str) -> None:
    bad, *good = desk.fetched(4)
    with redis.Redis.from_url(valkey_url) as raw:
        raw.hset(JOB(desk.direct.prefix, bad.message_id), "version", "no number")
    for attempt in (bad, *good):
        attempt.outcome = Complete("1")
    desk.exchange._unwritten.extend((bad, *good))
    desk.exchange.write()
    desk.written(*good)
    assert {desk.state(attempt) for attempt in good} == {"completed"}
    wait_until(lambda: not desk.exchange.held, what="the bad one is let go too")


def test_a_server_that_refuses_every_fetch_still_takes_outcomes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = desk.fetched(2)
    for attempt in attempts:
        attempt.outcome = Fail(Failure("bug", "ValueError", "odd \udce4"))
    desk.exchange._unwritten.extend(attempts)
    run: Any = desk.exchange._link.run

    def refuse_fetches(commands: list[Any], timeout: float | None = None) -> Any:
        if any("desk" in map(str, command) for command in commands):
            raise ScriptFault("user_script: refused")
        return run(commands, timeout)

    monkeypatch.setattr(desk.exchange._link, "run", refuse_fetches)
    with pytest.raises(ScriptFault):
        desk.exchange.fetch()
    desk.written(*attempts)
    assert {desk.state(attempt) for attempt in attempts} == {"failed"}


def test_what_a_stopping_worker_is_still_sent_goes_back_with_its_attempt(desk: Desk) -> None:
    desk.proxy.rules.append(Rule("drop_reply", frozenset({"fetch"}), count=1))
    (id,) = desk.client.enqueue_many([Call("add", "default")])
    with pytest.raises(ConnectionLost):
        desk.exchange.fetch()
    desk.exchange.stopping = True
    desk.exchange.fetch()
    assert desk.exchange.work.qsize() == 0
    wait_until(lambda: desk.store.get(id).state == "waiting", what="it waits again")
    assert desk.store.get(id).attempt == 0


def test_no_more_is_fetched_than_threads_are_free(desk: Desk) -> None:
    desk.client.enqueue_many([Call("add", "default") for _ in range(20)])
    desk.exchange.fetch()
    assert desk.exchange.work.qsize() == 4
    assert desk.exchange.room() == (0, 0)
    first, *_ = desk.exchange.work.take_all()
    first.outcome = Complete("1")
    desk.exchange.conclude(first)
    wait_until(lambda: desk.exchange.work.qsize() == 1, what="one is fetched for the one that ended")


def test_jobs_read_ahead_in_vain_go_to_other_workers(desk: Desk) -> None:
    desk.exchange._mean = 0.0001
    desk.client.enqueue_many([Call("add", "default") for _ in range(20)])
    desk.exchange.fetch()
    assert desk.exchange.work.qsize() > 4
    running = [desk.exchange.work.get() for _ in range(4)]
    desk.exchange._linger.set()
    wait_until(lambda: desk.store.counts("default")["active"] == 4, what="the others are handed back")
    assert {desk.state(attempt) for attempt in running} == {"active"}
    assert desk.exchange.room() == (0, 0)


def test_an_unknown_type_is_parked_and_an_unreadable_job_fails_alone(desk: Desk, valkey_url: str) -> None:
    unknown = desk.client.enqueue(Call("never_heard_of", "default"))
    unreadable = desk.client.enqueue(Call("add", "default", (1,)))
    with redis.Redis.from_url(valkey_url) as raw:
        raw.hset(JOB(desk.direct.prefix, unreadable), "args", "{[,")
    (good,) = desk.fetched()
    assert good.attempt == 1
    wait_until(lambda: desk.store.get(unknown).reason == "no_worker")
    wait_until(lambda: desk.store.get(unreadable).state == "failed")
    assert desk.store.errors(unreadable)[0]["failure"]["class"] == "invalid"
