"""Flows: jobs that depend on each other, started by a pipeline or by hand, cancelled and resumed as a whole."""

from __future__ import annotations

from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import Any

from flask import g, url_for
from flask.views import MethodView

from callboard.broker.flow_acts import (
    cancel_flow,
    decide_step,
    edges_of,
    find_step,
    known_flow,
    leave_out_step,
    resume_flow,
)
from callboard.broker.store import FlowStatus
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.flow import Plan, Step, graph
from callboard.jobs.identity import kept_id
from callboard.jobs.job_values import job_values
from callboard.jobs.masking import hide
from callboard.jobs.record import Job
from callboard.jobs.states import COMPLETED, FINAL, STATES
from pipelines.registry import PIPELINES, fields_of, plan_of, sources
from web.api import flow_schemas as schemas
from web.api.calls import call_from, of_arguments
from web.audit import note
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("flows", __name__, url_prefix="/api/v1", description="Flows")
SHOWN = ("id", "name", "state", "jobs", "started_at", "finished_at", "broken", "on_failure")
MOST_LISTED = 1_000
MOST_SEARCHED = 200
MEMBER = tuple(schemas.MemberOut().fields)


@blueprint.route("/pipelines")
class Pipelines(MethodView):
    """Named flows."""

    @blueprint.response(200, schemas.PipelineList)
    def get(self) -> Any:
        """The pipelines of the platform and what they take."""
        told = [
            {"name": one.name, "about": one.about, "takes": one.takes, "arguments": sources(one)}
            | {"parameters": fields_of(one)}
            for one in PIPELINES.values()
        ]
        return {"pipelines": told}


@blueprint.route("/flows")
class Flows(MethodView):
    """All flows."""

    @blueprint.arguments(schemas.FlowsQuery, location="query")
    @blueprint.response(200, schemas.FlowList)
    def get(self, asked: dict[str, Any]) -> Any:
        """The newest flows that are kept."""
        store, limit = here().store, max(1, min(asked["limit"], MOST_LISTED))
        wanted = asked.get("state")
        found = (store.flow(id) for id in store.flow_ids(MOST_SEARCHED if wanted else limit))
        flows = [flow for flow in found if flow and wanted in (None, flow.state)][:limit]
        return {"flows": [values(flow, store.states(flow.members)) for flow in flows]}

    @blueprint.arguments(schemas.NewFlow)
    @blueprint.response(202, schemas.WholeFlow)
    def post(self, given: dict[str, Any]) -> Any:
        """Start a pipeline, or jobs with edges between them: all of its jobs or none."""
        plan = plan_from(given)
        here().client.start_flow(plan)
        note("flow.start", plan.id, count=plan.jobs, detail={"name": plan.name})
        return whole(plan.id), 202, {"Location": url_for("flows.OneFlow", id=plan.id), "Retry-After": "2"}


@blueprint.route("/flows/<id>")
class OneFlow(MethodView):
    """One flow."""

    @blueprint.arguments(schemas.FlowQuery, location="query")
    @blueprint.response(200, schemas.WholeFlow)
    def get(self, asked: dict[str, Any], id: str) -> Any:
        """A flow with its jobs and what waits for what."""
        return whole(kept_id(id), every=asked["whole"])


@blueprint.route("/flows/<id>/cancellation")
class Cancellation(MethodView):
    """The wish that a flow be cancelled."""

    @blueprint.response(202, schemas.WholeFlow)
    def put(self, id: str) -> Any:
        """Cancel all jobs of a flow that have not ended; those that run are asked."""
        services, flow = here(), kept_id(id)
        done = cancel_flow(services.store, services.client, flow)
        note("flow.cancel", flow, count=done)
        return whole(flow) | {"affected": done}, 202


@blueprint.route("/flows/<id>/resume")
class Resume(MethodView):
    """Another try of a flow."""

    @blueprint.response(202, schemas.WholeFlow)
    def post(self, id: str) -> Any:
        """Run the jobs again at which a flow broke; steps that were skipped because of them follow."""
        services, flow = here(), kept_id(id)
        done = resume_flow(services.store, services.client, flow)
        if not done:
            state = known_flow(services.store, flow).state
            raise Problem(409, "not_possible", f"flow {flow} has no job that broke it: it is {state}", state=state)
        note("flow.resume", flow, count=done)
        return whole(flow) | {"affected": done}, 202


@blueprint.route("/flows/<id>/steps/<step>/approval")
class Approval(MethodView):
    """A decision on a step that waits for approval."""

    @blueprint.arguments(schemas.DecisionIn)
    @blueprint.response(200, schemas.WholeFlow)
    def post(self, given: dict[str, Any], id: str, step: str) -> Any:
        """Let a step run, or cancel it: those after it go on by the policies of their edges."""
        flow, job = kept_id(id), find_step(here().store, kept_id(id), step)
        decide_step(here().links, job, approved=given["approved"], by=g.caller.name, note=given["note"])
        note("flow.approve" if given["approved"] else "flow.reject", flow, detail={"step": job.id, **given})
        return whole(flow)


@blueprint.route("/flows/<id>/steps/<step>/skip")
class Skip(MethodView):
    """A step that is left out."""

    @blueprint.arguments(schemas.SkipIn)
    @blueprint.response(200, schemas.WholeFlow)
    def post(self, given: dict[str, Any], id: str, step: str) -> Any:
        """Leave out a step that does not run yet, where all that comes after it can do without its result."""
        flow, job = kept_id(id), find_step(here().store, kept_id(id), step)
        leave_out_step(here().links, job, by=g.caller.name, note=given["note"])
        note("flow.skip", flow, detail={"step": job.id, **given})
        return whole(flow)


def plan_from(given: dict[str, Any]) -> Plan:
    """The plan of what was sent. Raises Problem, BadFlow."""
    if "pipeline" not in given:
        return own_plan(given)
    name = given["pipeline"].strip().lower().replace("-", "_")
    if name not in PIPELINES:
        near = get_close_matches(name, PIPELINES, 1)
        words = f"pipeline {name} is unknown" + (f"; did you mean {near[0]}?" if near else "")
        raise Problem(422, "unknown_pipeline", words, errors=[{"field": "pipeline", "message": words}])
    try:
        return plan_of(PIPELINES[name], given.get("args", {}))
    except InvalidArguments as error:
        raise of_arguments(error) from None


def own_plan(given: dict[str, Any]) -> Plan:
    """The plan of jobs and edges. Raises Problem, with the path of what does not fit."""
    jobs = {job["name"]: (place, job) for place, job in enumerate(given["jobs"])}
    if len(jobs) < len(given["jobs"]):
        raise bad("jobs", "each job needs a name of its own")
    before: dict[str, list[str]] = {name: [] for name in jobs}
    for place, edge in enumerate(given.get("edges", ())):
        for end, field in ((edge["before"], "from"), (edge["after"], "to")):
            if end not in jobs:
                raise bad(f"edges.{place}.{field}", f"no job is called {end}")
        before[edge["after"]].append(edge["before"])
    try:
        order = list(TopologicalSorter(before).static_order())
    except CycleError:
        raise bad("edges", "the jobs wait for each other in a circle") from None
    steps: dict[str, Step] = {}
    for name in order:
        place, job = jobs[name]
        call = call_from(job, f"jobs.{place}.")
        after = tuple(steps[other] for other in dict.fromkeys(before[name]))
        steps[name] = Step(call, job["if_fails"], after, name, job["approval"])
    failure = call_from(given["on_failure"], "on_failure.") if "on_failure" in given else None
    return graph(*steps.values(), name=given.get("name", ""), on_failure=failure, meta=given.get("meta"))


def bad(field: str, words: str) -> Problem:
    """The problem of a flow that cannot be."""
    return Problem(422, "invalid", words, errors=[{"field": field, "message": words}])


def members_of(flow: FlowStatus) -> list[Job]:
    """The jobs of a flow that are kept."""
    return [job for job in here().store.find_many(flow.members) if job]


def values(flow: FlowStatus, members: list[tuple[str, str | None]]) -> dict[str, Any]:
    """A flow as it is shown, with how many of its jobs have ended."""
    states = [state for state, _ in members]
    counts = {"finished": sum(state in FINAL for state in states), "completed": states.count(COMPLETED)}
    more = {
        "pipeline": flow.name if flow.name in PIPELINES else None,
        "states": {state: states.count(state) for state in STATES},
        "asks": sum(reason == "approval" for _, reason in members),
    }
    return {name: getattr(flow, name) for name in SHOWN} | counts | more | {"meta": hide(flow.meta)}


def whole(id: str, *, every: bool = False) -> dict[str, Any]:
    """A flow with its jobs, `every` field of them or those that a drawing needs. Raises FlowMissing."""
    flow = known_flow(here().store, id)
    members = members_of(flow)
    rows = [job_values(job) for job in members]
    shown = rows if every else [{name: row[name] for name in MEMBER} for row in rows]
    told = {"members": shown, "edges": edges_of(here().store, flow.members)}
    return values(flow, [(job.state, job.reason) for job in members]) | told
