"""Jobs moved, edited, cancelled, fetched and finished by several threads at once."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from callboard.broker.client import Client
from callboard.broker.invariants import check
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.broker.store import Store
from callboard.jobs.change import Change, priority_fields
from callboard.jobs.states import FINAL
from tests.jobs import Worker, make_call

QUEUES = ("left", "right", "third")
ROUNDS = 120


@dataclass(frozen=True)
class Hands:
    """Somebody who does one thing again and again to jobs that are chosen by chance."""

    links: Links
    ids: list[str]

    def go(self, seed: int, act: Callable[["Hands", random.Random, list[str]], object]) -> None:
        rng = random.Random(seed)
        for _ in range(ROUNDS):
            act(self, rng, rng.sample(self.ids, 5))

    def move(self, rng: random.Random, some: list[str]) -> None:
        change = Change(priority_fields(rng.choice((1, 3, 4))), queue=rng.choice(QUEUES), tags=("moved",))
        Client(self.links).edit(change, *some)

    def shift(self, rng: random.Random, some: list[str]) -> None:
        Client(self.links).edit(Change(due_ms=self.links.now_ms() + rng.choice((0, 5, 60_000))), *some)
        Client(self.links).promote(*some[:3])

    def stop(self, _: random.Random, some: list[str]) -> None:
        client = Client(self.links)
        for verb in (client.cancel, client.withdraw, client.rerun):
            verb(*some[:2])

    def work(self, rng: random.Random, _: list[str]) -> None:
        worker = Worker(self.links, *QUEUES, name=f"worker-{rng.random()}")
        verbs: list[Callable[..., object]] = [worker.complete, worker.retry, worker.release, worker.abandon]
        for job in worker.fetch(3):
            rng.choice(verbs)(job)


def test_every_job_is_in_one_set_whoever_moves_it_meanwhile(valkey_url: str, prefix: str) -> None:
    links = Links(valkey_url, Scripts(), prefix)
    client = Client(links)
    ids = client.enqueue_many(make_call(QUEUES[n % 2], fairness=str(n % 3), tags=("t",)) for n in range(120))
    hands, acts = Hands(links, ids), (Hands.move, Hands.move, Hands.shift, Hands.stop, Hands.work)
    with ThreadPoolExecutor(len(acts)) as threads:
        for done in [threads.submit(hands.go, seed, act) for seed, act in enumerate(acts)]:
            done.result()
    assert check(links) == []
    client.promote(*ids)
    Worker(links, *QUEUES).run_all()
    assert {job.state for job in Store(links).find_many(ids) if job} <= set(FINAL)
    assert check(links) == []
    links.close()
