"""The body of a delivery: an event of the stream as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from callboard.broker.stream import Event
from callboard.jobs.encoding import encode

# Under which name the body says what the event is about, by the first word of the event.
SUBJECTS: Final = {kind: kind for kind in ("job", "flow", "schedule", "alert", "webhook", "worker", "error")}
# A removed job takes its record along for the history; arguments and results are nothing for receivers.
KEPT_BACK: Final = ("record", "traceback")


def body_of(event: Event, more: Mapping[str, Any] | None = None) -> str:
    """An event as JSON: id, type, at, what it is about, v and data; `more` is added to the data."""
    data = {name: value for name, value in event.values.items() if name not in KEPT_BACK} | dict(more or {})
    return encode({"id": event.id, "type": event.event, "at": at(event), **about(event), "data": data}, "webhook body")


def at(event: Event) -> str:
    """When it happened, as RFC 3339 in UTC."""
    return event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def about(event: Event) -> dict[str, Any]:
    """What it is about: a job with its type, queue and version, or what else there is."""
    kind = event.event.partition(":")[0]
    named: dict[str, Any] = {SUBJECTS[kind]: event.job} if kind in SUBJECTS and event.job else {}
    if kind == "job":
        return {**named, "job_type": event.type, "queue": event.queue, "v": event.version}
    return named | ({"name": event.type} if event.type else {}) | ({"queue": event.queue} if event.queue else {})


def text_of(event: Event, more: Mapping[str, Any] | None = None) -> str:
    """An event as a message that Slack, Mattermost and others like them show: `{"text": ...}`.

    What these take for markup is written so that it is shown as it is: `docs.slack.dev`, "Formatting message text".
    """
    data = event.values | dict(more or {})
    head = f"{event.event} {event.job or event.queue}".strip()
    cause, advice = (_plain(str(data.get(name) or "")) for name in ("cause", "advice"))
    said = [f"*{_plain(head)}*", cause or _plain(str(data.get("message") or "")), advice]
    return encode({"text": "\n".join(line for line in said if line)}, "webhook body")


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")[:2_000]


# How the body of a delivery is written, by the shape of its webhook.
SHAPES: Final[Mapping[str, Callable[..., str]]] = {"": body_of, "slack": text_of}
