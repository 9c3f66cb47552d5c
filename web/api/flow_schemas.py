"""Flows as JSON: what is taken, and what is answered."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.jobs.flow import EDGE_POLICIES
from web.api.job_schemas import NewJob
from web.vocabulary import StateWord

FLOW_STATES: Final = ("active", "completed", "failed")
NAME: Final = validate.Length(1, 100)
MOST_JOBS: Final = 1_000
MOST_EDGES: Final = 10_000


class FlowJob(NewJob):
    """A step of a flow."""

    name = fields.String(required=True, validate=NAME, metadata={"description": "what its edges call it"})
    if_fails = fields.String(
        load_default="fail",
        validate=validate.OneOf(tuple(EDGE_POLICIES)),
        metadata={"description": "what its failure does to steps after it"},
    )
    approval = fields.Boolean(
        load_default=False, metadata={"description": "it runs only once somebody has approved it"}
    )


class EdgeIn(Schema):
    """One step after another."""

    before = fields.String(required=True, data_key="from", validate=NAME)
    after = fields.String(required=True, data_key="to", validate=NAME)


class NewFlow(Schema):
    """A pipeline with its arguments, or jobs and the edges between them."""

    pipeline = fields.String(validate=NAME, metadata={"description": "one of GET /api/v1/pipelines"})
    args = fields.Dict(keys=fields.String(), metadata={"description": "arguments of the pipeline, files by reference"})
    name = fields.String(validate=NAME, metadata={"description": "a name for a flow of your own"})
    jobs = fields.List(fields.Nested(FlowJob), validate=validate.Length(1, MOST_JOBS))
    edges = fields.List(fields.Nested(EdgeIn), validate=validate.Length(max=MOST_EDGES))
    on_failure = fields.Nested(NewJob, metadata={"description": "runs once if the flow fails"})
    meta = fields.Dict(keys=fields.String())

    @validates_schema
    def one_kind(self, data: dict[str, Any], **_: Any) -> None:
        """Either a pipeline or jobs."""
        if ("pipeline" in data) == ("jobs" in data):
            raise ValidationError("give either pipeline or jobs", "pipeline")
        beside = ("name", "edges", "on_failure", "meta") if "pipeline" in data else ("args",)
        for name in beside:
            if name in data:
                raise ValidationError("does not go with " + ("pipeline" if "pipeline" in data else "jobs"), name)


class FlowOut(Schema):
    """A flow."""

    id = fields.String()
    name = fields.String()
    pipeline = fields.String(allow_none=True, metadata={"description": "the pipeline that it is a run of"})
    state = fields.String(metadata={"description": "active, completed or failed"})
    jobs = fields.Integer()
    states = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "jobs in each state"},
    )
    asks = fields.Integer(metadata={"description": "steps that wait for approval now"})
    finished = fields.Integer()
    completed = fields.Integer()
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    broken = fields.String(allow_none=True, metadata={"description": "the job at which it failed"})
    on_failure = fields.String(allow_none=True)
    meta = fields.Raw()
    affected = fields.Integer(metadata={"description": "jobs that this act has touched"})


class MemberOut(Schema):
    """A job of a flow."""

    id = fields.String()
    type = fields.String()
    queue = fields.String()
    state = StateWord()
    reason = fields.String(allow_none=True)
    step = fields.String(allow_none=True)
    attempt = fields.Integer()
    attempts = fields.Integer()
    progress = fields.Raw(allow_none=True)
    worker = fields.String(allow_none=True)
    blocked_by = fields.String(allow_none=True)
    approval = fields.String(
        allow_none=True, metadata={"description": "asked, given or refused, where it needs approval"}
    )
    left_out = fields.Boolean(metadata={"description": "left out by hand"})
    decided = fields.Raw(allow_none=True, metadata={"description": "who decided on it: by, note, at_ms"})
    enqueued_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)


class WholeMember(MemberOut):
    """A job of a flow with all that it has, which is told only where it is asked for."""

    version = fields.Integer(metadata={"description": "rises with every change"})
    priority = fields.String()
    crashes = fields.Integer()
    fence = fields.Integer(metadata={"description": "runs that were begun"})
    args = fields.List(fields.Raw(), metadata={"description": "arguments without a name"})
    kwargs = fields.Raw(metadata={"description": "arguments by name"})
    timeout_ms = fields.Integer(allow_none=True)
    cancelling = fields.Boolean()
    checkpoint = fields.Raw(allow_none=True)
    result = fields.Raw(allow_none=True)
    flow = fields.String(allow_none=True)
    unique = fields.String(allow_none=True)
    fairness = fields.String(allow_none=True)
    tags = fields.List(fields.String())
    meta = fields.Raw()


class WholeFlow(FlowOut):
    """A flow with its jobs."""

    members = fields.List(fields.Nested(WholeMember))
    edges = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "for each job, and each gate between groups, what waits for it"},
    )


class DecisionIn(Schema):
    """What somebody has decided on a step."""

    approved = fields.Boolean(required=True, truthy={True}, falsy={False}, metadata={"description": "or rejected"})
    note = fields.String(load_default="", validate=validate.Length(max=500), metadata={"description": "why"})


class SkipIn(Schema):
    """Why a step is left out."""

    note = fields.String(load_default="", validate=validate.Length(max=500), metadata={"description": "why"})


class FlowQuery(Schema):
    """How much of it."""

    whole = fields.Boolean(
        load_default=False, metadata={"description": "its jobs with their arguments, results and all else"}
    )


class FlowsQuery(Schema):
    """How many."""

    limit = fields.Integer(load_default=50, metadata={"description": "at most so many, 1000 at the most"})
    state = fields.String(
        validate=validate.OneOf(FLOW_STATES), metadata={"description": "those of the newest 200 in this state"}
    )


class FlowList(Schema):
    """Flows, newest first."""

    flows = fields.List(fields.Nested(FlowOut))


class ParameterOut(Schema):
    """An argument of a pipeline."""

    name = fields.String()
    kind = fields.String(
        metadata={"description": "file, files (references), list, string, integer, number, boolean or json"}
    )
    required = fields.Boolean()
    default = fields.Raw(allow_none=True)


class PipelineOut(Schema):
    """A named flow."""

    name = fields.String()
    about = fields.String()
    takes = fields.String(metadata={"description": "a file, a folder or nothing"})
    arguments = fields.List(fields.String())
    parameters = fields.List(fields.Nested(ParameterOut))


class PipelineList(Schema):
    """The pipelines."""

    pipelines = fields.List(fields.Nested(PipelineOut))
