"""Strings that run as a script where a page takes them for anything but text, and a world that is full of them.

Each calls `hit(n)` if it runs: a page that defines `window.hit` knows which one did.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

from flask.testing import FlaskClient

from callboard.broker.keys import ERRORS, EVENTS, FLOW, FLOWS, JOB, LOG, MEMBERS, QUEUES, STATE_KEYS, WORKER, WORKERS
from callboard.history.database import writing
from callboard.history.tokens import create_token
from callboard.jobs.call import Call
from callboard.jobs.policy import Policy
from tests.web.recorded import record
from web.services import Services

PAYLOADS: Final = tuple(
    re.sub(r"N(?=[)/'>])", str(n), text)
    for n, text in enumerate(
        (
            "<script>hit(N)</script>",
            '"><script>hit(N)</script>',
            "'><img src=x onerror=hit(N)>",
            "<svg onload=hit(N)>",
            "<svg/onload=hit(N)//",
            "<body onload=hit(N)>",
            '<iframe srcdoc="<script>parent.hit(N)</script>">',
            "<iframe src=javascript:parent.hit(N)>",
            "javascript:hit(N)//",
            '" onmouseover=hit(N) x="',
            "' autofocus onfocus=hit(N) x='",
            "<details open ontoggle=hit(N)>",
            '<a href="javascript:hit(N)">x</a>',
            '<math href="javascript:hit(N)">x</math>',
            "</script><script>hit(N)</script>",
            "</textarea><img src=x onerror=hit(N)>",
            "</title><svg onload=hit(N)>",
            "--><img src=x onerror=hit(N)>",
            "]]><img src=x onerror=hit(N)>",
            "{{constructor.constructor('hit(N)')()}}",
            "{{ 7*19100003 }}${7*19100003}<%= 7*19100003 %>",
            "${hit(N)}",
            "`};hit(N);//",
            "\\u003cimg src=x onerror=hit(N)\\u003e",
            "&lt;img src=x onerror=hit(N)&gt;",
            "<img src=x onerror=&#104;it(N)>",
            "<style>@import'//evil.example/N'</style>",
            "<base href=//evil.example/N/>",
            "<meta http-equiv=refresh content=0;url=//evil.example/N>",
            "x\n\nevent: hit\ndata: hit(N)\n\n",
        )
    )
)
# What a template engine makes of one of them.
EVALUATED: Final = str(7 * 19_100_003)


@dataclass
class Seeded:
    """The ids of what was stored, by the name of the path parameter that takes them."""

    ids: dict[str, list[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def add(self, name: str, id: str) -> None:
        """One more of a kind."""
        self.ids.setdefault(name, []).append(id)


def seed(services: Services, admin: FlaskClient, payloads: tuple[str, ...] = PAYLOADS) -> Seeded:
    """Store each payload in every string there is: through the API where it takes it, and straight into the stores."""
    seeded = Seeded()
    for number, payload in enumerate(payloads):
        _through_api(admin, seeded, payload, number)
        _by_callers(services, seeded, payload, number)
        _failed_job(services, seeded, payload, number)
    record(services)
    for number, payload in enumerate(payloads):
        # What no caller of ours can write, but whoever may write to Redis.
        _raw_job(services, seeded, payload, number)
        _raw_flow(services, seeded, payload, number)
        _raw_worker(services, payload, number)
        _raw_event(services, payload)
    return seeded


def _through_api(admin: FlaskClient, seeded: Seeded, payload: str, number: int) -> None:
    """What the API takes: arguments, tags, names, notes, queries; with the payload in a header too."""
    headers = {"X-Request-Id": payload.replace("\n", " "), "User-Agent": payload.replace("\n", " ")}

    def send(path: str, body: dict[str, Any], verb: str = "POST") -> Any:
        answer = admin.open(f"/api/v1/{path}", method=verb, json=body, headers=headers)
        if answer.status_code >= 300:
            seeded.refused.append(f"{verb} {path}: {answer.status_code}")
            return {}
        return answer.get_json() or {}

    job = {
        "type": "generate_embeddings",
        "args": {"paper_id": payload},
        "tags": [payload],
        "meta": {"user": payload, payload: payload},
        "unique_key": f"{number}{payload}"[:200],
        "fairness_key": payload,
    }
    seeded.add("id", send("jobs", job | {"delay_ms": 3_600_000})["id"])
    step = {key: value for key, value in job.items() if key != "unique_key"}
    flow = {"name": payload, "jobs": [step | {"name": payload}], "meta": {"name": payload}}
    seeded.add("id", send("flows", flow).get("id", "x"))
    schedule = {"type": "generate_embeddings", "args": {"paper_id": payload}, "cron": "@daily"}
    send(f"schedules/s{number}", schedule | {"options": {"tags": [payload], "meta": {"user": payload}}}, "PUT")
    send(f"schedules/s{number}/pause", {"note": payload}, "PUT")
    seeded.add("name", f"s{number}")
    view = {"name": f"{number} {payload}".strip(), "query": json.dumps(payload), "columns": [payload[:64].strip()]}
    seeded.add("id", send("views", view).get("id", "x"))
    hook = {"url": f"https://lab.example/{number}", "about": payload[:200]}
    seeded.add("id", send("webhooks", hook).get("id", "x"))
    send("tokens", {"name": payload, "role": "viewer"})
    name = payload.replace("\n", " ").replace("/", "_")
    admin.post("/api/v1/files", data={"file": (BytesIO(b"a,b\n1,2\n"), f"{name}.csv")})
    admin.get(f"/api/v1/jobs?q={payload}", headers=headers)


def _by_callers(services: Services, seeded: Seeded, payload: str, number: int) -> None:
    """A token whose bearer is called so, and acts: a line of the audit."""
    with writing(services.engine) as session:
        create_token(session, payload, "operator", services.now_ms(), by=payload)
    services.control.pause("default")
    services.control.resume("default")
    call = Call(f"type-{number}", f"queue-{number}", (payload,), {payload: payload}, policy=Policy())
    seeded.add("id", services.client.enqueue(call.named(tags=(payload,), meta={"user": payload})))
    seeded.add("queue", f"queue-{number}")


def _failed_job(services: Services, seeded: Seeded, payload: str, number: int) -> None:
    """A job that a worker called so has run: it told progress, logged, and failed."""
    links, queue = services.links, f"failing-{number}"
    id = services.client.enqueue(Call(f"type-{number}", queue, (payload,), policy=Policy()))
    _, taken = links.call(*links.script("fetch", payload, f"r{number}", 60_000, 1, 0, queue))
    fence = taken[1]
    progress = {"done": 1, "total": 2, "percent": 50, "step": payload}
    links.call(*links.script("progress", id, fence, json.dumps(progress)))
    line = {"at_ms": services.now_ms(), "level": "info", "text": payload, "message": payload}
    links.call(*links.script("log", id, fence, 1, json.dumps(line)))
    failure = {"class": "bug", "type": payload, "message": payload, "traceback": f"Traceback\n  {payload}"}
    links.call(*links.script("fail", id, fence, json.dumps(failure)))
    seeded.add("id", id)


def _raw_job(services: Services, seeded: Seeded, payload: str, number: int) -> None:
    """A record whose every field is the payload, in a queue that is called so."""
    links, id = services.links, f"raw-{number}"
    prefix = services.settings.prefix
    record = {"type": payload, "queue": payload, "state": "failed", "version": "1", "enqueued_ms": "1700000000000"}
    texts = ("reason", "worker", "flow", "step", "blocked_by", "unique", "fairness", "progress", "result", "meta")
    fields = record | dict.fromkeys((*texts, "tags", "args", "kwargs", "checkpoint"), payload)
    links.call("HSET", JOB(prefix, id), *[part for pair in fields.items() for part in pair])
    links.call("RPUSH", ERRORS(prefix, id), payload, json.dumps({"attempt": 1, "failure": {"message": payload}}))
    links.call("RPUSH", LOG(prefix, id), payload, json.dumps({"level": payload, "text": payload}))
    links.call("SADD", QUEUES(prefix), payload)
    links.call("ZADD", STATE_KEYS["failed"](prefix, payload), services.now_ms(), id)
    seeded.add("id", id)


def _raw_flow(services: Services, seeded: Seeded, payload: str, number: int) -> None:
    links, prefix, id = services.links, services.settings.prefix, f"flow-{number}"
    fields = {"name": payload, "state": payload, "jobs": "1", "broken": payload, "on_failure": payload}
    fields["meta"] = json.dumps({payload: payload})
    links.call("HSET", FLOW(prefix, id), *[part for pair in fields.items() for part in pair])
    links.call("RPUSH", MEMBERS(prefix, id), f"raw-{number}")
    links.call("ZADD", FLOWS(prefix), services.now_ms(), id)
    seeded.add("id", id)


def _raw_worker(services: Services, payload: str, number: int) -> None:
    links, prefix, id = services.links, services.settings.prefix, f"{number}{payload}"
    about = dict.fromkeys(("host", "version", "python"), payload) | {"pid": payload, "threads": 1}
    about |= {"queues": [payload], "types": [payload]}
    links.call("HSET", WORKER(prefix, id), "about", json.dumps(about), "since_ms", services.now_ms(), "told", payload)
    links.call("ZADD", WORKERS(prefix), services.now_ms() + 3_600_000, id)


def _raw_event(services: Services, payload: str) -> None:
    values = {"event": payload, "id": payload, "type": payload, "queue": payload, "version": "1"}
    for event in (payload, "job:failed", "queue:status", "flow:failed", "job:log"):
        fields = values | {"event": event, "data": json.dumps({"message": payload, "state": payload, payload: payload})}
        pairs = [part for pair in fields.items() for part in pair]
        services.links.call("XADD", EVENTS(services.settings.prefix), "*", *pairs)
