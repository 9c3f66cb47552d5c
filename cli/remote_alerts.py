"""Alerts over the API, as the platform itself would have told them."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from callboard.jobs.clock import to_ms
from cli.api import Api
from cli.remote_jobs import moment
from research.notifications.finding import Finding
from research.notifications.rules import Rule

FINDING: Final = tuple(Finding.__dataclass_fields__)
WATCH: Final = ("id", "name", "query", "above", "enabled", "count", "created_by")
FIRING: Final = ("key", "rule", "subject", "count", "cause")
FIRING_TIMES: Final = ("since", "fired_at", "resolved_at")
WATCH_TIMES: Final = ("counted_at", "created_at")


def attention(api: Api, *, silenced: bool) -> list[Finding]:
    """What needs attention, the gravest first. Raises Refused, ConnectionLost."""
    rows = api.get("/alerts" if silenced else "/attention")["attention"]
    return [Finding(**{name: row[name] for name in FINDING if name in row}) for row in rows]


def rules(api: Api) -> list[Rule]:
    """All rules. Raises Refused, ConnectionLost."""
    return [rule_of(row) for row in api.get("/alerts/rules")["rules"]]


def change(api: Api, name: str, changes: dict[str, Any]) -> Rule:
    """Change a rule; what is left out stays. Raises Refused."""
    return rule_of(api.send("PATCH", f"/alerts/rules/{quote(name, safe='')}", json=changes)[1])


def restore(api: Api, name: str) -> Rule:
    """Forget what was changed of a rule. Raises Refused."""
    return rule_of(api.send("DELETE", f"/alerts/rules/{quote(name, safe='')}")[1])


def rule_of(row: dict[str, Any]) -> Rule:
    """A rule."""
    until = moment(row["silenced_until"])
    return Rule(
        row["name"],
        row["about"],
        row["numbers"],
        row["enabled"],
        tuple(row["channels"]),
        tuple(row["addresses"]),
        to_ms(until) if until else 0,
    )


def silence(api: Api, condition: str, for_ms: int, note: str | None = None) -> int:
    """Tell nobody of a condition or a rule for so long, with 0 tell of it again; until when that is. Raises Refused."""
    path = f"/alerts/{quote(condition, safe='')}/silence"
    body = {"for_ms": for_ms} | ({"note": note} if note else {})
    told = api.send("PUT", path, json=body)[1] if for_ms else api.send("DELETE", path)[1]
    until = moment(told["silenced_until"])
    return to_ms(until) if until else 0


def firings(api: Api, limit: int) -> list[dict[str, Any]]:
    """What was told of conditions, the newest first. Raises Refused, ConnectionLost."""
    rows = api.get("/alerts/firings", limit=limit)["firings"]
    return [{name: row[name] for name in FIRING} | {name: moment(row[name]) for name in FIRING_TIMES} for row in rows]


def watches(api: Api) -> list[dict[str, Any]]:
    """The searches that are watched, by name. Raises Refused, ConnectionLost."""
    return [watch_of(row) for row in api.get("/alerts/watches")["watches"]]


def watch(api: Api, name: str, query: str, above: int) -> dict[str, Any]:
    """Watch a search from now on. Raises Refused."""
    return watch_of(api.send("POST", "/alerts", json={"name": name, "query": query, "above": above})[1])


def change_watch(api: Api, id: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Change a search that is watched. Raises Refused."""
    return watch_of(api.send("PATCH", f"/alerts/watches/{quote(id, safe='')}", json=changes)[1])


def unwatch(api: Api, id: str) -> None:
    """Watch a search no more. Raises Refused."""
    api.send("DELETE", f"/alerts/watches/{quote(id, safe='')}")


def watch_of(row: dict[str, Any]) -> dict[str, Any]:
    """A watched search as a row."""
    return {name: row[name] for name in WATCH} | {name: moment(row[name]) for name in WATCH_TIMES}
