"""The queue side: a server that grants least rights, names that collide, types nobody declared, jobs sent twice."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any, Final

import redis

from callboard.broker.invariants import check
from callboard.broker.keys import JOB, QUEUES, READY, STATE_KEYS
from callboard.broker.link import Links
from callboard.jobs.policy import queue_slug
from tests.system.rig import ROOT, Rig
from tests.system.row import Row, Tally
from tests.system.secret_rows import Deployment, deployment
from tests.waiting import wait_until

PASSWORD: Final = "7f3a9b1c5e8d2046"
# What an intruder tries who has got hold of the password.
FORBIDDEN: Final[tuple[tuple[str, ...], ...]] = (
    ("CONFIG", "GET", "requirepass"),
    ("CONFIG", "SET", "dir", "/etc/cron.d"),
    ("CONFIG", "REWRITE"),
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("KEYS", "*"),
    ("DEBUG", "SLEEP", "0"),
    ("SHUTDOWN",),
    ("SAVE",),
    ("REPLICAOF", "127.0.0.1", "1"),
    ("MODULE", "LOAD", "/nowhere/evil.so"),
    ("FUNCTION", "LOAD", "#!lua name=evil\nredis.register_function('f', function() end)"),
    ("SCRIPT", "FLUSH"),
    ("ACL", "LIST"),
    ("ACL", "SETUSER", "evil", "on", "nopass", "~*", "+@all"),
    ("CLIENT", "KILL", "TYPE", "normal"),
    ("MONITOR",),
    ("MIGRATE", "127.0.0.1", "1", "x", "0", "1"),
    ("PUBLISH", "news", "x"),
    ("SWAPDB", "0", "1"),
    ("GET", "other"),
    ("SET", "other", "x"),
    ("SET", "{callboard}2:queues", "x"),
    ("COPY", "{callboard}:queues", "other"),
    ("RENAME", "{callboard}:queues", "other"),
    ("EVAL", "return redis.call('GET', 'other')", "0"),
    ("EVAL", "return redis.call('SET', 'other', 'x')", "0"),
    ("EVAL", "return redis.call('FLUSHALL')", "0"),
    ("EVAL", "return redis.call('CONFIG', 'GET', '*')", "0"),
)
REFUSED: Final = re.compile("ACL|not allowed|[Nn]o permission")
NAMES: Final = ("default.msgs", "x.DQ", "a:waiting", "../x", "x\ny", "{other}", "queue:x:waiting", "x\0", "", "x" * 65)


def least_rights(rig: Rig, size: int) -> Tally:
    """All processes work as the user of the page, who may do nothing else."""
    tally = Tally()
    with redis.Redis.from_url(rig.server.url, decode_responses=True) as root:
        root.set("other", "of somebody else")
        root.execute_command("ACL", "SETUSER", "callboard", *words())
        url = f"redis://callboard:{PASSWORD}@127.0.0.1:{rig.server.port}/0"
        with deployment(rig, url) as (made, _):
            work(rig, made, tally, size)
        denied = [entry["object"] for entry in root.acl_log()]
        tally.expect(not denied, f"the user lacks what is needed: {denied}")
        intrude(url, tally)
        tally.expect(root.get("other") == "of somebody else", "a key of somebody else was changed")
    forge(rig, tally)
    return tally


def words() -> list[str]:
    """The rights of the user as the page says them."""
    (line,) = re.findall(r"^user callboard (.+)$", (ROOT / "docs" / "redis-acl.md").read_text(), re.MULTILINE)
    return str(line).replace("PASSWORD", PASSWORD).split()


def work(rig: Rig, made: Deployment, tally: Tally, size: int) -> None:
    """A bit of everything that processes ask the server for."""
    good = {"type": "leaky", "args": {"text": "x", "api_key": "x"}}
    ids = [made.made("jobs", good)["id"] for _ in range(size)]
    later = made.made("jobs", good | {"delay_ms": 3_600_000})["id"]
    flow = made.made("flows", {"name": "two", "jobs": [good | {"name": "a"}, good | {"name": "b"}]})["id"]
    for id in ids:
        made.ends(id, 2)
    wait_until(lambda: (found := rig.store.flow(flow)) and found.state == "failed", what="the flow is over")
    asked = (
        ("PUT", f"jobs/{later}/cancellation", {}),
        ("POST", f"jobs/{later}/retry", {}),
        ("PUT", "queues/leaky/pause", {}),
        ("PATCH", "queues/leaky", {"concurrency": 2, "rate": {"count": 5, "per_ms": 1000}}),
        ("DELETE", "queues/leaky/throttle", {}),
        ("POST", "queues/leaky/drain", {"delayed": True}),
        ("POST", "queues/leaky/clean", {"state": "failed"}),
        ("DELETE", "queues/leaky/pause", {}),
        ("PUT", "schedules/nightly", good | {"cron": "@daily"}),
        ("POST", "schedules/nightly/runs", {}),
        ("POST", "bulk", {"verb": "cancel", "q": "state:delayed"}),
        *(("GET", path, None) for path in ("queues", "workers", "flows", f"flows/{flow}", "jobs/counts", "attention")),
        *(("GET", f"jobs/{ids[0]}{part}", None) for part in ("", "/attempts", "/logs", "/position", "/events")),
    )
    for verb, path, body in asked:
        status, text = made.ask(f"/api/v1/{path}", body, verb)
        tally.trials += 1
        tally.expect(status < 400 or status == 404, f"{verb} {path} was answered {status}: {text[:100]}")
    tally.expect(made.ask("/metrics")[0] == 200, "no metrics")
    wrong = check(Links(made.environ["REDIS_URL"], rig.scripts))
    tally.expect(not wrong, f"invariants: {wrong[:1]}")


def intrude(url: str, tally: Tally) -> None:
    """Everything that the user may not do is refused."""
    with redis.Redis.from_url(url) as intruder:
        for command in FORBIDDEN:
            tally.trials += 1
            try:
                intruder.execute_command(*command)
                tally.expect(ok=False, words=f"{' '.join(command)[:60]} was not refused")
            except redis.exceptions.ResponseError as error:
                # Some of these no user of ours may run at all.
                refused = isinstance(error, redis.exceptions.NoPermissionError) or REFUSED.search(str(error))
                tally.expect(bool(refused), f"{' '.join(command)[:60]}: {error}")


def forge(rig: Rig, tally: Tally) -> None:
    """Names that mean other keys, a type that nobody declared, and jobs that are pushed a second time."""
    for name in NAMES:
        tally.trials += 1
        with contextlib.suppress(ValueError):
            tally.expect(ok=False, words=f"queue {name!r} was taken as {queue_slug(name)}")
    rig.hire()
    rig.ready(1)
    call = rig.call("noted", 1)
    (id,) = rig.start([call])
    rig.settled([id])
    rig.start([call])  # the same message again, as it was sent
    prefix = rig.links.prefix
    unknown = {"type": "os.system", "queue": "work", "state": "waiting", "version": "1", "args": '["touch /x"]'}
    rig.links.run(
        ("HSET", JOB(prefix, "forged"), *[part for pair in unknown.items() for part in pair]),
        ("ZADD", STATE_KEYS["waiting"](prefix, "work"), 0, "forged"),
        ("ZADD", STATE_KEYS["waiting"](prefix, "work"), 0, id),  # one that is done, made to wait again
        ("SADD", QUEUES(prefix), "work"),
        ("SADD", READY(prefix), "work"),
    )
    (last,) = rig.start([rig.call("noted", 2)])
    rig.settled([last])
    tally.trials += 3
    ran = [line[2:] for line in rig.lines("noted")]
    tally.duplicated = ran.count(["1"]) - 1
    tally.expect(ran.count(["1"]) == 1, f"a job that was sent again ran {ran.count(['1'])} times")
    forged = json.dumps(rig.events("job:completed", "job:active"))
    tally.expect('"forged"' not in forged, "a job of a type that nobody declared was started")


ROWS: Final[tuple[Any, ...]] = (Row("X11", "least rights on the server; forged jobs", least_rights, 1, 20),)
