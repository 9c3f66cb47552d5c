"""Who may use which route: the one table; what is not in it is refused to everybody."""

from __future__ import annotations

from typing import Final

from callboard.history.tokens import ROLES

PUBLIC: Final = "public"
VIEWER, OPERATOR, ADMIN = ROLES

# Method and rule of the URL map. HEAD is a GET, OPTIONS tells only what a route takes.
RULES: Final = {
    ("GET", "/static/<path:filename>"): PUBLIC,
    ("GET", "/livez"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/startupz"): PUBLIC,
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/metrics"): VIEWER,  # without a token on this machine where CALLBOARD_METRICS_OPEN says so
    ("POST", "/session"): PUBLIC,
    ("DELETE", "/session"): PUBLIC,
    ("GET", "/ws"): PUBLIC,  # asks for a viewer itself, whose token may come as the first message
    ("GET", "/api/jobs/ws"): PUBLIC,
    ("GET", "/api/v1/"): PUBLIC,  # tells what there is, and nothing that is in it
    ("GET", "/api/v1/openapi.json"): PUBLIC,
    ("GET", "/api/v1/docs"): PUBLIC,
    ("GET", "/api/v1/me"): VIEWER,
    ("POST", "/api/v1/jobs"): OPERATOR,
    ("GET", "/api/v1/jobs/<id>"): VIEWER,
    ("PATCH", "/api/v1/jobs/<id>"): OPERATOR,
    ("DELETE", "/api/v1/jobs/<id>"): OPERATOR,
    ("PUT", "/api/v1/jobs/<id>/cancellation"): OPERATOR,
    ("DELETE", "/api/v1/jobs/<id>/cancellation"): OPERATOR,
    ("POST", "/api/v1/jobs/<id>/retry"): OPERATOR,
    ("POST", "/api/v1/jobs/<id>/promotion"): OPERATOR,
    ("GET", "/api/v1/jobs/<id>/result"): VIEWER,
    ("GET", "/api/v1/jobs"): VIEWER,
    ("GET", "/api/v1/jobs/counts"): VIEWER,
    ("GET", "/api/v1/jobs/suggest"): VIEWER,
    ("GET", "/api/v1/jobs/states"): VIEWER,
    ("GET", "/api/v1/jobs/timeline"): VIEWER,
    ("GET", "/api/v1/jobs/export"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/attempts"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/logs"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/progress"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/position"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/events"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/notes"): VIEWER,
    ("POST", "/api/v1/jobs/<id>/notes"): OPERATOR,
    ("GET", "/api/v1/jobs/<id>/stream"): VIEWER,
    ("GET", "/api/v1/events"): VIEWER,
    ("GET", "/api/v1/bulk"): VIEWER,
    ("POST", "/api/v1/bulk"): OPERATOR,
    ("GET", "/api/v1/bulk/<id>"): VIEWER,
    ("DELETE", "/api/v1/bulk/<id>"): OPERATOR,
    ("GET", "/api/v1/errors"): VIEWER,
    ("GET", "/api/v1/errors/<fingerprint>"): VIEWER,
    ("PATCH", "/api/v1/errors/<fingerprint>"): OPERATOR,
    ("POST", "/api/v1/errors/<fingerprint>/retry"): OPERATOR,
    ("GET", "/api/v1/queues"): VIEWER,
    ("GET", "/api/v1/queues/<queue>"): VIEWER,
    ("PATCH", "/api/v1/queues/<queue>"): OPERATOR,
    ("PUT", "/api/v1/queues/<queue>/pause"): OPERATOR,
    ("DELETE", "/api/v1/queues/<queue>/pause"): OPERATOR,
    ("DELETE", "/api/v1/queues/<queue>/throttle"): OPERATOR,
    ("POST", "/api/v1/queues/<queue>/drain"): ADMIN,
    ("POST", "/api/v1/queues/<queue>/clean"): ADMIN,
    ("GET", "/api/v1/workers"): VIEWER,
    ("GET", "/api/v1/workers/<id>"): VIEWER,
    ("GET", "/api/v1/workers/<id>/stacks"): VIEWER,
    ("PUT", "/api/v1/workers/<id>/quiet"): OPERATOR,
    ("DELETE", "/api/v1/workers/<id>/quiet"): OPERATOR,
    ("PUT", "/api/v1/workers/<id>/stop"): OPERATOR,
    ("GET", "/api/v1/types"): VIEWER,
    ("GET", "/api/v1/types/<type>"): VIEWER,
    ("GET", "/api/v1/stats/overview"): VIEWER,
    ("GET", "/api/v1/stats/throughput"): VIEWER,
    ("GET", "/api/v1/stats/latency"): VIEWER,
    ("GET", "/api/v1/stats/errors"): VIEWER,
    ("GET", "/api/v1/stats/pulse"): VIEWER,
    ("GET", "/api/v1/stats/running"): VIEWER,
    ("GET", "/api/v1/stats/heat"): VIEWER,
    ("GET", "/api/v1/stats/slowest"): VIEWER,
    ("GET", "/api/v1/stats/costs"): VIEWER,
    ("GET", "/api/v1/stats/queues"): VIEWER,
    ("GET", "/api/v1/attention"): VIEWER,
    ("GET", "/api/v1/pipelines"): VIEWER,
    ("GET", "/api/v1/flows"): VIEWER,
    ("POST", "/api/v1/flows"): OPERATOR,
    ("GET", "/api/v1/flows/<id>"): VIEWER,
    ("PUT", "/api/v1/flows/<id>/cancellation"): OPERATOR,
    ("POST", "/api/v1/flows/<id>/resume"): OPERATOR,
    ("POST", "/api/v1/flows/<id>/steps/<step>/approval"): OPERATOR,
    ("POST", "/api/v1/flows/<id>/steps/<step>/skip"): OPERATOR,
    ("GET", "/api/v1/schedules"): VIEWER,
    ("GET", "/api/v1/schedules/preview"): VIEWER,
    ("GET", "/api/v1/schedules/<name>"): VIEWER,
    ("PUT", "/api/v1/schedules/<name>"): OPERATOR,
    ("PATCH", "/api/v1/schedules/<name>"): OPERATOR,
    ("DELETE", "/api/v1/schedules/<name>"): OPERATOR,
    ("PUT", "/api/v1/schedules/<name>/pause"): OPERATOR,
    ("DELETE", "/api/v1/schedules/<name>/pause"): OPERATOR,
    ("POST", "/api/v1/schedules/<name>/skip"): OPERATOR,
    ("POST", "/api/v1/schedules/<name>/runs"): OPERATOR,
    ("POST", "/api/v1/schedules/<name>/backfill"): OPERATOR,
    ("POST", "/api/v1/jobs/batch"): OPERATOR,
    ("POST", "/api/v1/jobs/<id>/clone"): OPERATOR,
    ("GET", "/api/v1/views"): VIEWER,
    ("POST", "/api/v1/views"): OPERATOR,
    ("GET", "/api/v1/views/<id>"): VIEWER,
    ("PATCH", "/api/v1/views/<id>"): OPERATOR,
    ("DELETE", "/api/v1/views/<id>"): OPERATOR,
    ("GET", "/api/v1/tokens"): ADMIN,
    ("POST", "/api/v1/tokens"): ADMIN,
    ("DELETE", "/api/v1/tokens/<id>"): ADMIN,
    ("GET", "/api/v1/audit"): ADMIN,
    ("GET", "/api/v1/webhooks"): VIEWER,
    ("POST", "/api/v1/webhooks"): ADMIN,
    ("GET", "/api/v1/webhooks/<id>"): VIEWER,
    ("PATCH", "/api/v1/webhooks/<id>"): ADMIN,
    ("DELETE", "/api/v1/webhooks/<id>"): ADMIN,
    ("GET", "/api/v1/webhooks/<id>/deliveries"): VIEWER,
    ("POST", "/api/v1/webhooks/<id>/deliveries/<delivery>/replay"): OPERATOR,
    ("GET", "/api/v1/alerts"): VIEWER,
    ("GET", "/api/v1/alerts/rules"): VIEWER,
    ("PATCH", "/api/v1/alerts/rules/<name>"): ADMIN,
    ("DELETE", "/api/v1/alerts/rules/<name>"): ADMIN,
    ("PUT", "/api/v1/alerts/<condition>/silence"): OPERATOR,
    ("DELETE", "/api/v1/alerts/<condition>/silence"): OPERATOR,
    ("POST", "/api/v1/files"): OPERATOR,
    ("GET", "/api/v1/files/<token>"): PUBLIC,  # the link is signed
    ("GET", "/api/v1/models"): VIEWER,
    ("POST", "/api/v1/models/<name>/predictions"): VIEWER,
    # The routes of the systems before.
    ("GET", "/api/jobs"): VIEWER,
    ("POST", "/api/jobs"): OPERATOR,
    ("GET", "/api/jobs/health"): VIEWER,
    ("POST", "/api/jobs/ai-content"): OPERATOR,
    ("POST", "/api/jobs/cache-warm"): OPERATOR,
    ("GET", "/api/jobs/queues/stats"): VIEWER,
    ("POST", "/api/jobs/queues/<queue>/pause"): OPERATOR,
    ("POST", "/api/jobs/queues/<queue>/resume"): OPERATOR,
    ("POST", "/api/jobs/queues/<queue>/clean"): ADMIN,
    ("GET", "/api/jobs/<name>"): VIEWER,
    ("POST", "/api/jobs/<name>"): OPERATOR,  # a drain asks for an admin itself
    ("DELETE", "/api/jobs/<id>"): OPERATOR,
    ("POST", "/api/jobs/<id>/retry"): OPERATOR,
    ("GET", "/api/jobs/<name>/<id>"): VIEWER,
    ("POST", "/api/jobs/<name>/<id>"): OPERATOR,
    ("DELETE", "/api/jobs/<name>/<id>"): OPERATOR,
    ("POST", "/api/ai-analysis/submit"): OPERATOR,
    ("GET", "/api/ai-analysis/health"): VIEWER,
    ("GET", "/api/ai-analysis/status/<id>"): VIEWER,
    ("GET", "/api/ai-analysis/result/<id>"): VIEWER,
    ("DELETE", "/api/ai-analysis/<id>"): OPERATOR,
    ("POST", "/api/admin/import"): OPERATOR,
    # The dashboard, as if it lay where it does by default.
    ("GET", "/"): PUBLIC,  # leads to it
    ("GET", "/admin/queues/sign-in"): PUBLIC,
    ("GET", "/admin/queues/"): VIEWER,
    ("GET", "/admin/queues/flows"): VIEWER,
    ("GET", "/admin/queues/flows/new"): VIEWER,
    ("GET", "/admin/queues/flows/<id>"): VIEWER,
    ("GET", "/admin/queues/schedules"): VIEWER,
    ("GET", "/admin/queues/schedules/new"): VIEWER,
    ("GET", "/admin/queues/schedules/<name>"): VIEWER,
    ("GET", "/admin/queues/jobs"): VIEWER,
    ("GET", "/admin/queues/jobs/<id>"): VIEWER,
    ("GET", "/admin/queues/jobs/<id>/log.txt"): VIEWER,
    ("GET", "/admin/queues/jobs/<id>/result.json"): VIEWER,
    ("GET", "/admin/queues/queues"): VIEWER,
    ("GET", "/admin/queues/queues/<queue>"): VIEWER,
    ("GET", "/admin/queues/workers"): VIEWER,
    ("GET", "/admin/queues/workers/<id>"): VIEWER,
    ("GET", "/admin/queues/errors"): VIEWER,
    ("GET", "/admin/queues/errors/<fingerprint>"): VIEWER,
}
MOUNT: Final = "/admin/queues"


def role_for(method: str, rule: str, mount: str = MOUNT) -> str | None:
    """The least role that may use a route, `public` where anybody may, None where there is no rule.

    `mount` is where the dashboard lies.
    """
    if rule.startswith(f"{mount}/"):
        rule = MOUNT + rule.removeprefix(mount)
    return RULES.get(("GET" if method in ("HEAD", "OPTIONS") else method, rule))


def may(role: str | None, needed: str) -> bool:
    """Whether a role is enough; None is nobody."""
    return needed == PUBLIC or (role is not None and ROLES.index(role) >= ROLES.index(needed))
