"""The progress of one job for people without an account, who have a signed link to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import g, url_for
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from callboard.broker.client import require
from callboard.jobs.states import FAILED, FINAL
from web.api.events import After, after_of
from web.api.jobs import ask_again, job_answer, known_job
from web.audit import note
from web.identity import Caller
from web.job_links import JobLink, read, sign
from web.live.sse import stream
from web.problems import Problem
from web.rules import VIEWER
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("job_share", __name__, url_prefix="/api/v1", description="Progress of one job by a link")
DAY_MS: Final = 86_400_000
# What a link shows of the life of its job: neither its log nor what it was asked for.
TOLD: Final = frozenset(
    (
        *("resync", "job:progress", "job:active", "job:retrying", "job:released", "job:rescued", "job:promoted"),
        *("job:parked", "job:completed", "job:failed", "job:cancelling", "job:cancelled", "job:rerun"),
    )
)
SHOWN: Final = ("id", "type", "state", "version", "attempt", "attempts", "progress", "cancelling", "why", "place")
TIMES: Final = ("enqueued_at", "due_at", "started_at", "finished_at")


class ShareIn(Schema):
    """What the link is to allow."""

    cancel = fields.Boolean(load_default=False, metadata={"description": "whether the job may be cancelled by it"})
    expires_ms = fields.Integer(
        strict=True,
        load_default=7 * DAY_MS,
        validate=validate.Range(60_000, 366 * DAY_MS),
        metadata={"description": "good for so long, 7 days if left out"},
    )


class ShareOut(Schema):
    """A link."""

    url = fields.String(metadata={"description": "its page; a path where no public address is set"})
    token = fields.String(metadata={"description": "for GET /api/v1/shared/{token} and the element job-progress"})
    cancel = fields.Boolean()
    expires_at = fields.AwareDateTime()


class SharedWhy(Schema):
    """Why a job does not run."""

    reason = fields.String()
    until = fields.AwareDateTime(allow_none=True)


class SharedOut(Schema):
    """How far a job is."""

    id = fields.String()
    type = fields.String()
    state = fields.String()
    version = fields.Integer()
    attempt = fields.Integer()
    attempts = fields.Integer()
    progress = fields.Raw(allow_none=True, metadata={"description": "done, total, percent, step, eta_ms"})
    cancelling = fields.Boolean()
    why = fields.Nested(SharedWhy, allow_none=True)
    place = fields.Integer(allow_none=True, metadata={"description": "how many are before it"})
    starts_at = fields.AwareDateTime(allow_none=True, metadata={"description": "as far as can be told"})
    finishes_at = fields.AwareDateTime(allow_none=True)
    enqueued_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    error = fields.String(allow_none=True, metadata={"description": "why it failed, if it has"})
    may_cancel = fields.Boolean()
    expires_at = fields.AwareDateTime(metadata={"description": "until when the link is good"})


@blueprint.route("/jobs/<id>/share")
class Share(MethodView):
    """Links to the progress of a job."""

    @blueprint.arguments(ShareIn)
    @blueprint.response(201, ShareOut)
    def post(self, given: dict[str, Any], id: str) -> Any:
        """Make a link by which anybody may see how far this job is, until its time is over."""
        job = known_job(id)
        until = datetime.now(UTC) + timedelta(milliseconds=given["expires_ms"])
        token = sign(JobLink(job.id, until, given["cancel"]))
        note("share", job.id, detail={"cancel": given["cancel"], "until": until.isoformat(timespec="seconds")})
        g.secret_answer = True
        page = url_for("dashboard.my_job", id=job.id, t=token)
        url = f"{(here().settings.public_url or '').rstrip('/')}{page}"
        return {"url": url, "token": token, "cancel": given["cancel"], "expires_at": until}, 201


@blueprint.route("/shared/<token>")
class Shared(MethodView):
    """The job of a link."""

    @blueprint.response(200, SharedOut)
    def get(self, token: str) -> Any:
        """How far it is, when it is expected to end, and why it failed if it has."""
        link = read(token)
        shown, _ = job_answer(link.job)
        again = {} if shown["state"] in FINAL else {"Retry-After": str(ask_again(shown))}
        return values_of(shown, link), 200, again


@blueprint.route("/shared/<token>/cancellation")
class SharedCancellation(MethodView):
    """The wish that the job of a link be cancelled."""

    @blueprint.response(200, SharedOut)
    def put(self, token: str) -> Any:
        """Cancel it, where the link allows that."""
        link = read(token)
        if not link.cancel:
            raise Problem(403, "not_allowed", "this link is for looking only")
        g.caller = Caller(f"who has a link to {link.job[-6:]}", VIEWER, "link")
        (reply,) = here().client.cancel(link.job)
        require("cancel", link.job, reply, "CANCELLED", "CANCELLING")
        note("cancel", link.job)
        return values_of(job_answer(link.job)[0], link)


@blueprint.route("/shared/<token>/stream")
class SharedStream(MethodView):
    """The events of the job of a link."""

    @blueprint.arguments(After, location="query")
    @blueprint.doc(responses={"200": {"description": "events", "content": {"text/event-stream": {}}}})
    def get(self, values: dict[str, Any], token: str) -> Any:
        """Its progress and its end as they happen, without its log."""
        job = known_job(read(token).job)
        return stream(frozenset({f"job:{job.id}"}), TOLD, after_of(values))


def values_of(shown: dict[str, Any], link: JobLink) -> dict[str, Any]:
    """What a link shows of a job."""
    errors = shown["errors"] if shown["state"] == FAILED else []
    failure = (errors[-1].get("failure") or {}) if errors else {}
    error = here().mask(str(failure["message"]))[:2_000] if "message" in failure else None
    expected = {name: shown["estimate"][name] for name in ("starts_at", "finishes_at")}
    may = {"may_cancel": link.cancel and shown["state"] not in FINAL, "expires_at": link.until}
    return {name: shown[name] for name in (*SHOWN, *TIMES)} | expected | may | {"error": error}
