"""Reads that all who look share: what they cost, and what nobody may be shown any more."""

from collections.abc import Iterator
from typing import Any

import pytest

from callboard.broker.budget import Budget
from callboard.broker.client import Client
from callboard.broker.control import Control
from callboard.broker.kept_replies import STALE_MOST
from callboard.broker.link import Command, Links
from callboard.broker.overview import overview
from callboard.broker.scripts import Scripts
from callboard.broker.shared_links import RESERVE, SharedLinks
from callboard.broker.store import Store
from callboard.broker.stream import events_after
from tests.jobs import make_call


class Counting(Links):
    """Connections that count what is sent over them."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self.prefix, self.scripts = links.prefix, links.scripts
        self.sent: list[Command] = []

    def run(self, *commands: Command) -> list[Any]:
        self.sent += commands
        return self._links.run(*commands)


class Looking:
    """Somebody who looks, the connections that are counted, and a clock that stands."""

    def __init__(self, links: Links, left: float) -> None:
        self.now = 0.0
        self.shares = True
        self.raw = Counting(links)
        self.budget = Budget(9, left, lambda: self.now)
        self.links = SharedLinks(self.raw, lambda: self.shares, self.budget, lambda: self.now)
        self.store = Store(self.links)
        self._seen = "0-0"

    def hear(self) -> None:
        """Note the events until now, as the live stream does."""
        events = events_after(self.raw, self._seen, 10_000)
        self._seen = events[-1].id if events else self._seen
        self.links.told(events)

    def cost(self, *looks: Any) -> int:
        """Commands that some looks cost."""
        before = len(self.raw.sent)
        for look in looks:
            look()
        return len(self.raw.sent) - before


@pytest.fixture
def links(valkey_url: str, prefix: str) -> Iterator[Links]:
    made = Links(valkey_url, Scripts(), prefix)
    yield made
    made.close()


@pytest.fixture
def few(links: Links) -> Looking:
    return Looking(links, 10_000.0)


@pytest.fixture
def many(links: Links) -> Looking:
    """One among so many that the budget is spent."""
    looking = Looking(links, 300.0)
    looking.budget.pay(300)
    looking.hear()
    return looking


def test_few_lookers_see_everything_fresh(few: Looking, links: Links) -> None:
    client, id = Client(links), Client(links).enqueue(make_call())
    for _ in range(3):
        assert few.store.get(id).state == "waiting"
    assert few.cost(lambda: few.store.get(id)) == 1
    client.cancel(id)
    assert few.store.get(id).state == "cancelled"


def test_among_many_nothing_is_read_twice_until_an_event_tells_of_a_change(many: Looking, links: Links) -> None:
    client = Client(links)
    one, other = client.enqueue(make_call()), client.enqueue(make_call())
    many.hear()
    looks = [lambda: many.store.get(one), lambda: many.store.get(other), lambda: many.store.errors(one)]
    assert many.cost(*looks) == 3
    many.now += 2.0
    many.hear()
    assert many.cost(*looks * 100) == 0
    client.cancel(one)
    many.hear()
    assert many.cost(*looks * 100) == 2, "its record and its errors, and nothing of the other"
    assert many.store.get(one).state == "cancelled"


def test_what_is_over_waits_for_the_budget_and_is_handed_out_until_then(many: Looking, links: Links) -> None:
    id = Client(links).enqueue(make_call())
    many.hear()
    assert many.store.get(id).state == "waiting"
    Client(links).cancel(id)
    many.hear()
    assert many.store.get(id).state == "waiting"
    many.now += 1.0
    assert many.store.get(id).state == "cancelled"


def test_what_is_over_is_handed_out_for_some_seconds_at_most_whatever_is_left(many: Looking, links: Links) -> None:
    id = Client(links).enqueue(make_call())
    many.hear()
    assert many.store.get(id).state == "waiting"
    many.budget.pay(1_000_000)
    Client(links).cancel(id)
    many.hear()
    many.now += STALE_MOST - 0.1
    many.hear()
    assert many.store.get(id).state == "waiting"
    many.now += 0.1
    many.hear()
    assert many.store.get(id).state == "cancelled"


def test_who_has_just_changed_something_sees_it_and_so_does_who_asks_next(many: Looking, links: Links) -> None:
    id = Client(links).enqueue(make_call())
    many.hear()
    many.store.get(id)
    Client(links).cancel(id)
    many.shares = False
    assert many.store.get(id).state == "cancelled"
    many.shares = True
    assert many.cost(lambda: many.store.get(id)) == 0
    assert many.store.get(id).state == "cancelled"
    assert many.budget.left() == -2.0 + 1.0, "who acts does not spend what those have who look"


def test_progress_is_taken_from_its_events(many: Looking, links: Links) -> None:
    client = Client(links)
    id = client.enqueue(make_call())
    _, taken = links.call(*links.script("fetch", "w", "r", 60_000, 1, 0, "default"))
    many.hear()
    assert many.store.get(id).progress is None
    for done in (1, 2):
        links.call(*links.script("progress", taken[0], taken[1], f'{{"done": {done}, "total": 2}}'))
    many.hear()
    assert many.cost(lambda: many.store.get(id)) == 0
    job = many.store.get(id)
    assert (job.progress, job.version) == ({"done": 2, "total": 2}, Store(links).get(id).version)


def test_an_event_that_comes_while_something_is_read_is_not_missed(many: Looking, links: Links) -> None:
    client = Client(links)
    id = client.enqueue(make_call())
    many.hear()
    run = many.raw.run

    def late(*commands: Command) -> list[Any]:
        replies = run(*commands)
        many.raw.run = run  # type: ignore[method-assign]
        client.cancel(id)
        many.hear()
        return replies

    many.raw.run = late  # type: ignore[method-assign]
    assert many.store.get(id).state == "waiting"
    many.now += 1.0
    assert many.store.get(id).state == "cancelled"


def test_where_events_may_have_been_missed_nothing_counts_as_it_was(many: Looking, links: Links) -> None:
    id = Client(links).enqueue(make_call())
    many.hear()
    many.store.get(id)
    Client(links).cancel(id)
    many.links.missed()
    many.now += 1.0
    assert many.store.get(id).state == "cancelled"


def test_a_hundred_who_look_at_everything_cost_no_more_than_the_budget(many: Looking, links: Links) -> None:
    client, control = Client(links), Control(links)
    ids = [client.enqueue(make_call(queue=f"q{n % 16}")) for n in range(64)]
    many.hear()
    overview(many.store)
    many.budget.pay(int(many.budget.left()))
    before = len(many.raw.sent)
    for second in range(60):
        client.enqueue(make_call(queue=f"q{second % 16}"))
        control.pause(f"q{second % 16}")
        for _ in range(4):
            many.now += 0.25
            many.hear()
            before += 1  # that was the live stream
            for id in ids[second::20]:
                many.store.get(id)
            for _ in range(5):
                shown = overview(many.store)
    assert len(many.raw.sent) - before <= 60 * 9 + len(ids)
    many.now += RESERVE
    shown = overview(many.store)
    assert shown.queues == overview(Store(links)).queues
