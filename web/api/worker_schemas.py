"""Worker processes as JSON: what is answered."""

from __future__ import annotations

from marshmallow import Schema, fields


class RunningJob(Schema):
    """A job that a worker runs now."""

    id = fields.String()
    type = fields.String()
    queue = fields.String()
    attempt = fields.Integer()
    started_at = fields.AwareDateTime(allow_none=True)
    elapsed_ms = fields.Integer(allow_none=True)
    progress = fields.Raw(allow_none=True)


class WorkerOut(Schema):
    """A worker process."""

    id = fields.String()
    state = fields.String(metadata={"description": "on, quiet, stopping, or gone (died without a word)"})
    host = fields.String(allow_none=True)
    pid = fields.Integer(allow_none=True)
    threads = fields.Integer(allow_none=True, metadata={"description": "jobs that it runs at a time"})
    busy = fields.Integer(metadata={"description": "threads that run a job"})
    free = fields.Integer(allow_none=True, metadata={"description": "threads that do not"})
    memory_mb = fields.Integer(allow_none=True, metadata={"description": "resident, with its child processes"})
    restarts = fields.Integer(
        allow_none=True, metadata={"description": "how often its place had to be filled again before it"}
    )
    version = fields.String(allow_none=True)
    python = fields.String(allow_none=True)
    queues = fields.List(fields.String(), allow_none=True)
    types = fields.List(fields.String(), allow_none=True)
    since = fields.AwareDateTime(allow_none=True)
    lease_until = fields.AwareDateTime()
    heartbeat_age_ms = fields.Integer(allow_none=True, metadata={"description": "since it renewed its lease"})
    active = fields.List(fields.String(), metadata={"description": "ids of the jobs that it runs"})
    jobs = fields.List(fields.Nested(RunningJob), metadata={"description": "the jobs that it runs"})
    quiet = fields.Boolean(metadata={"description": "takes no more jobs"})
    gone = fields.Boolean(metadata={"description": "died without a word"})


class WorkerList(Schema):
    """The worker processes."""

    workers = fields.List(fields.Nested(WorkerOut))


class ThreadOut(Schema):
    """A thread that runs a job."""

    job = fields.String()
    type = fields.String()
    attempt = fields.Integer()
    elapsed_ms = fields.Integer()
    in_child = fields.Boolean(metadata={"description": "the body, and so the stack, is in a child process"})
    stack = fields.String(metadata={"description": "innermost call last; of a child process, first"})


class Stacks(Schema):
    """What a worker does right now."""

    worker = fields.String()
    threads = fields.List(fields.Nested(ThreadOut))
