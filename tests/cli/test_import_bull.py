"""import-bull: what waits in queues laid out as BullMQ 5 does is enqueued once, and the queues stay as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from callboard.broker.bull import bull_jobs, bull_queues
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.history.schema import HISTORY
from callboard.jobs.clock import from_ms
from callboard.jobs.settings import load_settings
from tests.cli.conftest import Board, Command

AT_MS = 1_790_000_000_000
DUE_MS = 1_990_000_000_000


class Bull:
    """Queues of BullMQ 5 under a prefix of their own."""

    def __init__(self, links: Links, prefix: str) -> None:
        self.links, self.prefix = links, prefix

    def add(self, queue: str, id: str, name: str, data: Any, *, counter: int = 1, **more: Any) -> None:
        """Add a job as the scripts of BullMQ do."""
        opts = {"attempts": 3, **more.pop("opts", {})}
        base, delay, priority = f"{self.prefix}:{queue}", opts.get("delay", 0), opts.get("priority", 0)
        text = data if isinstance(data, str) else json.dumps(data)
        fields = {"name": name, "data": text, "opts": json.dumps(opts), "timestamp": AT_MS, "delay": delay, **more}
        fields["priority"] = priority
        self.links.call("HMSET", f"{base}:{id}", *[part for pair in fields.items() for part in pair])
        if delay:
            self.links.call("ZADD", f"{base}:delayed", (AT_MS + delay) * 0x1000 + counter, id)
        elif priority:
            self.links.call("ZADD", f"{base}:prioritized", priority * 0x100000000 + counter, id)
        else:
            self.links.call("LPUSH", f"{base}:{more.get('list', 'wait')}", id)

    def keys(self) -> dict[str, Any]:
        """Everything under the prefix, for comparing."""
        found = sorted(self.links.call("KEYS", f"{self.prefix}:*"))
        return {key: self.links.call("DUMP", key) for key in found}


@pytest.fixture
def bull(valkey_url: str, prefix: str) -> Iterator[Bull]:
    """An old system: a queue of three states, one that nobody knows, a flow, a repeatable and damage."""
    links = Links(valkey_url, Scripts(), prefix, encoding_errors="backslashreplace")
    bull = Bull(links, f"bull-{prefix.strip('{}')}")
    bull.add("paper-processing", "1", "generate_embeddings", {"paperId": "p1"})
    bull.add("paper-processing", "2", "generate-embeddings", {"paperId": "p2"}, atm="2")
    bull.add("paper-processing", "3", "generate_embeddings", {"paperId": "p3"}, opts={"delay": DUE_MS - AT_MS})
    bull.add("paper-processing", "4", "generate_embeddings", {"paperId": "p4"}, opts={"priority": 7})
    bull.add("paper-processing", "5", "generate_embeddings", {"colour": "red"})
    bull.add("paper-processing", "6", "generate_embeddings", {"paperId": "p6"}, parentKey="bull:x:1")
    bull.add("paper-processing", "repeat:ab:1", "generate_embeddings", {"paperId": "p7"}, rjk="ab")
    bull.add("paper-processing", "8", "generate_embeddings", "{no json")
    bull.add("coffee", "1", "brew", {"cups": 3})
    links.call("LPUSH", f"{bull.prefix}:paper-processing:active", "99")
    links.call("LPUSH", f"{bull.prefix}:paper-processing:wait", "0:0")
    yield bull
    links.close()


def words(valkey_url: str, bull: Bull, *more: str) -> tuple[str, ...]:
    """The command line."""
    return ("import-bull", "--from", valkey_url, "--prefix", bull.prefix, *more)


def test_queues_are_read_in_the_order_in_which_they_would_run(bull: Bull) -> None:
    assert bull_queues(bull.links, bull.prefix) == ["coffee", "paper-processing"]
    ids = [job.id for job in bull_jobs(bull.links, "paper-processing", bull.prefix)]
    assert ids == ["1", "2", "5", "6", "repeat:ab:1", "8", "4", "3"]


def test_a_dry_run_says_what_would_come_and_what_cannot_and_why(
    bull: Bull, board: Board, callboard: Command, valkey_url: str
) -> None:
    answer = callboard(*words(valkey_url, bull, "--dry-run", "--json"))
    rows = {(row["queue"], row["bull_id"]): row for row in answer.json()["jobs"]}
    assert answer.code == 8
    assert {id for (_, id), row in rows.items() if row["result"] == "new"} == {"1", "2", "3", "4"}
    reasons = {id: row["reason"] for (_, id), row in rows.items() if not row["ok"] and row["queue"] != "coffee"}
    wanted = {"5": "paper_id", "6": "step of a flow", "repeat:ab:1": "schedule", "8": "no JSON"}
    assert reasons.keys() == wanted.keys()
    assert all(word in reasons[id] for id, word in wanted.items())
    assert "coffee" in rows["coffee", "1"]["reason"]
    assert "1 active left alone" in answer.err
    assert board.store.queues() == []


def test_jobs_come_once_with_time_priority_and_the_attempts_that_are_left_and_nothing_is_changed_there(
    bull: Bull, board: Board, callboard: Command, valkey_url: str
) -> None:
    HISTORY.upgrade(load_settings().sql_url)
    before = bull.keys()
    assert callboard(*words(valkey_url, bull)).code == 2  # nobody can be asked
    first = callboard(*words(valkey_url, bull, "--yes", "--json")).json()["jobs"]
    ids = {row["bull_id"]: row["id"] for row in first if row["ok"]}
    jobs = {id: board.store.get(ours) for id, ours in ids.items()}
    assert [jobs[id].kwargs["paper_id"] for id in "1234"] == ["p1", "p2", "p3", "p4"]
    assert (jobs["3"].state, jobs["3"].due_at) == ("delayed", from_ms(DUE_MS))
    assert (jobs["4"].priority, jobs["2"].attempts, jobs["1"].attempts) == (7, 1, 3)
    assert jobs["1"].meta == {"bull_queue": "paper-processing", "bull_id": "1"}
    again = callboard(*words(valkey_url, bull, "--yes", "--json")).json()["jobs"]
    assert {row["bull_id"]: row["id"] for row in again if row["result"] == "there already"} == ids
    assert sum(board.store.counts("paper-processing").values()) == 4
    assert bull.keys() == before


def test_a_source_that_is_away_cannot_be_reached(callboard: Command) -> None:
    assert callboard("import-bull", "--from", "redis://127.0.0.1:1", "--dry-run").code == 5
