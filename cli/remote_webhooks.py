"""Webhooks and what was sent to them over the API, as rows of the command."""

from __future__ import annotations

import threading
import time
from typing import Any, Final
from urllib.parse import quote

from cli.api import Api
from cli.failures import TIMED_OUT, Stop
from cli.remote_jobs import moment

WEBHOOK: Final = ("id", "target", "about", "scope", "shape", "events", "types", "queues", "enabled", "reason")
WEBHOOK_TIMES: Final = ("created_at", "failing_since", "delivered_at")
DELIVERY: Final = ("id", "webhook", "event", "subject", "state", "attempts", "status", "error")
DELIVERY_TIMES: Final = ("created_at", "tried_at")
OPEN: Final = ("waiting", "retrying")
LOOK_EVERY: Final = 0.2
TEST_SECONDS: Final = 30.0


def webhooks(api: Api) -> list[dict[str, Any]]:
    """All webhooks, oldest first. Raises Refused, ConnectionLost."""
    return [webhook_of(row) for row in api.get("/webhooks")["webhooks"]]


def webhook(api: Api, id: str) -> dict[str, Any]:
    """One of them. Raises Refused."""
    return webhook_of(api.get(f"/webhooks/{quote(id, safe='')}"))


def add(api: Api, wanted: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A new webhook and its secret. Raises Refused."""
    made = api.send("POST", "/webhooks", json=wanted)[1]
    return webhook_of(made), str(made["secret"])


def change(api: Api, id: str, **changes: bool) -> tuple[dict[str, Any], str]:
    """Switch a webhook or give it a new secret; the secret too where it is new. Raises Refused."""
    made = api.send("PATCH", f"/webhooks/{quote(id, safe='')}", json=changes)[1]
    return webhook_of(made), str(made.get("secret", ""))


def remove(api: Api, id: str) -> None:
    """Forget a webhook. Raises Refused."""
    api.send("DELETE", f"/webhooks/{quote(id, safe='')}")


def deliveries(api: Api, webhook: str | None, state: str | None, limit: int) -> list[dict[str, Any]]:
    """What was sent, newest first. Raises Refused, ConnectionLost."""
    told = api.get("/webhooks/deliveries", webhook=webhook, state=state, limit=limit)
    return [delivery_of(row) for row in told["deliveries"]]


def delivery(api: Api, id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """One delivery with what was sent, and each time that it was. Raises Refused."""
    told = api.get(f"/webhooks/deliveries/{quote(id, safe='')}")
    rows = [row | {"at": moment(row["at"])} for row in told["log"]]
    return delivery_of(told) | {"body": told["body"]}, rows


def replay(api: Api, ids: list[str]) -> list[dict[str, str]]:
    """Send deliveries once more, none unless all are there; the job of each. Raises Refused."""
    hooks = [(delivery(api, id)[0]["webhook"], id) for id in ids]
    paths = [f"/webhooks/{quote(hook, safe='')}/deliveries/{quote(id, safe='')}/replay" for hook, id in hooks]
    return [api.send("POST", path)[1] for path in paths]


def tried(api: Api, webhook: str) -> tuple[dict[str, Any], str | None]:
    """Have a worker over there send a test event: how it was answered, and why it did not arrive. Raises Stop."""
    id = api.send("POST", f"/webhooks/{quote(webhook, safe='')}/test")[1]["delivery"]
    until = time.monotonic() + TEST_SECONDS
    told, log = delivery(api, id)
    while told["state"] in OPEN and not log:
        if time.monotonic() > until:
            raise Stop(TIMED_OUT, f"no worker has sent it so far: callboard webhooks deliveries {id}")
        threading.Event().wait(LOOK_EVERY)
        told, log = delivery(api, id)
    failure = None if told["state"] == "delivered" else str(told["error"])
    return (log[-1] if log else {}) | {"delivery": id, "delivered": failure is None}, failure


def webhook_of(row: dict[str, Any]) -> dict[str, Any]:
    """A webhook as a row."""
    return {name: row[name] for name in WEBHOOK} | {name: moment(row[name]) for name in WEBHOOK_TIMES}


def delivery_of(row: dict[str, Any]) -> dict[str, Any]:
    """A delivery as a row."""
    return {name: row[name] for name in DELIVERY} | {name: moment(row[name]) for name in DELIVERY_TIMES}
