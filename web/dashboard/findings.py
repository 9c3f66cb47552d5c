"""What can be done about what needs attention: for each rule the page to look at, and the call that mends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class Act:
    """A call of the API: below it, by which role, asked before if there is a question."""

    label: str
    method: str
    path: str
    body: Any = None
    confirm: str = ""
    done: str = ""
    role: str = "operator"
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Lead:
    """A page below the first one."""

    label: str
    path: str


Finding = Mapping[str, Any]
ACTS: Final[Mapping[str, Callable[[str], Act]]] = {
    "paused": lambda queue: Act("Resume", "DELETE", f"/queues/{queue}/pause", done="The queue goes on", icon="play"),
    "schedule_missed": lambda name: Act("Run now", "POST", f"/schedules/{name}/runs", {}, done="Enqueued", icon="play"),
    "webhook_off": lambda id: Act("Switch on", "PATCH", f"/webhooks/{id}", {"enabled": True}, role="admin"),
    "new_error": lambda group: Act(
        "Retry group", "POST", f"/errors/{group}/retry", {}, "Retry all failed jobs of this group?", icon="retry"
    ),
}
LEADS: Final[Mapping[str, Callable[[str], Lead]]] = {
    "no_workers": lambda _: Lead("Workers", "workers"),
    "backlog": lambda queue: Lead("Queue", f"queues/{queue}"),
    "paused": lambda queue: Lead("Queue", f"queues/{queue}"),
    "new_error": lambda group: Lead("Error", f"errors/{group}"),
    "schedule_missed": lambda name: Lead("Schedule", f"schedules/{name}"),
    "budget": lambda _: Lead("Costs", "metrics/charts?range=30d"),
    "webhook_off": lambda _: Lead("Webhooks", "settings"),
    "server": lambda _: Lead("Health", "settings"),
    "recorder": lambda _: Lead("Health", "settings"),
    "view": lambda _: Lead("Alert", "alerts"),
}


def act(finding: Finding) -> Act | None:
    """The call that mends it, where one call does."""
    made = ACTS.get(finding["rule"])
    return made(quote(finding["subject"], safe="")) if made else None


def leads(finding: Finding) -> list[Lead]:
    """Where to look: its jobs with the filter set, then the page of what it is about."""
    jobs = [Lead("Jobs", f"jobs?{urlencode({'q': finding['query']})}")] if finding.get("query") else []
    made = LEADS.get(finding["rule"])
    return jobs + ([made(quote(finding["subject"], safe=""))] if made else [])
