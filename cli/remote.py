"""A board over its API, with the same words as the engine: what the commands ask of a store, a client, a control."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from callboard.broker.errors import JobMissing, ResultMissing
from callboard.jobs.clock import wall_ms
from callboard.jobs.policy import priority_word
from callboard.jobs.record import Job
from callboard.jobs.states import COMPLETED
from cli.api import Api, Refused
from cli.failures import NOT_FOUND, NOT_POSSIBLE
from cli.remote_jobs import job_of, moment, queue_of, whole_of, worker_of

if TYPE_CHECKING:
    from callboard.broker.store import QueueStatus, WorkerStatus
    from callboard.jobs.call import Call
    from callboard.jobs.policy import RateLimit

PAGE: Final = 200
AT_A_TIME: Final = 4
LONGEST_MS: Final = 10 * 365 * 86_400_000
IN_WAY: Final = {"unique_key_held": "HELD", "flow_runs": "IN_FLOW"}


class RemoteStore:
    """The read side over the API."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def find(self, id: str) -> Job | None:
        """The job with this id, with its result; None where there is none."""
        try:
            values = self._job(id)
        except JobMissing:
            return None
        return self._with_result(job_of(values))

    def get(self, id: str) -> Job:
        """The job with this id. Raises JobMissing."""
        return self._with_result(job_of(self._job(id)))

    def find_many(self, ids: Sequence[str]) -> list[Job | None]:
        """The jobs with these ids, None for each that is not there."""
        if len(ids) < 2:
            return [self.find(id) for id in ids]
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            return list(threads.map(self.find, ids))

    def whole(self, id: str) -> tuple[Job, dict[str, Any]]:
        """A job and all that is shown of it. Raises JobMissing."""
        values = self._job(id)
        job = self._with_result(job_of(values))
        return job, whole_of(job, values)

    def _job(self, id: str) -> dict[str, Any]:
        try:
            values: dict[str, Any] = self.api.get(f"/jobs/{quote(id, safe='')}")
        except Refused as error:
            if error.code == NOT_FOUND:
                raise JobMissing(str(error)) from None
            raise
        return values

    def _with_result(self, job: Job) -> Job:
        return replace(job, result=self.result(job.id)) if job.state == COMPLETED else job

    def result(self, id: str) -> Any:
        """What the body returned. Raises JobMissing, or ResultMissing while there is none."""
        try:
            told = self.api.get(f"/jobs/{quote(id, safe='')}/result")
        except Refused as error:
            if error.code == NOT_FOUND:
                raise JobMissing(str(error)) from None
            raise
        if told["state"] != COMPLETED:
            raise ResultMissing(f"job {id} has no result: it is {told['state']}", told["state"])
        return told["result"]

    def rows(self, text: str, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """The rows of a search, newest first, page by page."""
        cursor = None
        while True:
            page = self.api.get("/jobs", q=text or None, limit=min(PAGE, limit or PAGE), cursor=cursor)
            yield from page["jobs"]
            cursor = page["next"]
            if not cursor:
                return

    def search(self, text: str, limit: int | None, whole: bool = False) -> list[Job]:
        """The jobs of a search, newest first; `whole` with what a list leaves out."""
        rows = list(islice(self.rows(text, limit), limit))
        if whole:
            return [job for job in self.find_many([row["id"] for row in rows]) if job]
        return [job_of(row) for row in rows]

    def errors(self, id: str) -> list[dict[str, Any]]:
        """What went wrong in the attempts of a job."""
        return list(self._job(id)["errors"])

    def log(self, id: str, start: int = 0) -> list[dict[str, Any]]:
        """The lines that a job logged, from a number on."""
        return list(self.api.get(f"/jobs/{quote(id, safe='')}/logs", after=start)["lines"])

    def why(self, job: Job) -> tuple[str, Any] | None:
        """Why a job does not run, and until when."""
        why = self._job(job.id)["why"]
        return (why["reason"], moment(why["until"])) if why else None

    def queues(self) -> list[str]:
        """The names of all queues."""
        return [row["name"] for row in self.api.get("/queues")["queues"]]

    def queue(self, name: str) -> QueueStatus:
        """One queue."""
        return queue_of(self.api.get(f"/queues/{quote(name, safe='')}"))

    def counts(self, queue: str) -> dict[str, int]:
        """How many jobs of a queue are in each state."""
        return self.queue(queue).counts

    def workers(self) -> list[WorkerStatus]:
        """The worker processes, without those that died."""
        return [worker_of(row) for row in self.api.get("/workers")["workers"] if not row["gone"]]

    def now_ms(self) -> int:
        """The time here: the API has no clock of its own."""
        return wall_ms()


class RemoteClient:
    """The verbs of jobs over the API; each answers as the engine does."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def enqueue(self, call: Call) -> str:
        """Enqueue a call and return the id of its job; the board gives it another than the call has."""
        policy = call.policy
        wanted = {
            "priority": priority_word(policy.priority),
            "delay_ms": call.delay_ms or None,
            "run_at": call.run_at.isoformat() if call.run_at else None,
            "unique_key": policy.unique,
            "fairness_key": policy.fairness,
            "tags": list(call.tags) or None,
        }
        body = {"type": call.type, "args": call.kwargs} | {k: v for k, v in wanted.items() if v is not None}
        return str(self.api.send("POST", "/jobs", json=body)[1]["id"])

    def cancel(self, *ids: str) -> list[str]:
        """Each `CANCELLED`, `CANCELLING`, or why not."""
        return [self._verb("PUT", id, "/cancellation", {200: "CANCELLED", 202: "CANCELLING"}) for id in ids]

    def withdraw(self, *ids: str) -> list[str]:
        """Each `WITHDRAWN`, or why not."""
        return [self._verb("DELETE", id, "/cancellation", {200: "WITHDRAWN"}) for id in ids]

    def rerun(self, *ids: str, from_checkpoint: bool | None = None, args: dict[str, Any] | None = None) -> list[str]:
        """Each `WAITING`, or why not."""
        told = {"from_checkpoint": from_checkpoint, "args": args}
        body = {name: value for name, value in told.items() if value is not None}
        return [self._verb("POST", id, "/retry", {202: "WAITING"}, body or None) for id in ids]

    def promote(self, *ids: str) -> list[str]:
        """Each `WAITING`, or why not."""
        return [self._verb("POST", id, "/promotion", {202: "WAITING"}) for id in ids]

    def remove(self, *ids: str) -> list[str]:
        """Each `REMOVED`, or why not."""
        return [self._verb("DELETE", id, "", {204: "REMOVED"}) for id in ids]

    def _verb(
        self, method: str, id: str, part: str, answers: dict[int, str], body: dict[str, Any] | None = None
    ) -> str:
        try:
            status, _ = self.api.send(method, f"/jobs/{quote(id, safe='')}{part}", **({"json": body} if body else {}))
        except Refused as error:
            if error.code == NOT_FOUND:
                return "MISSING"
            if error.code == NOT_POSSIBLE:
                return IN_WAY.get(str(error.values.get("code")), str(error.values.get("state", "refused")))
            raise
        return answers[status]


class RemoteControl:
    """The verbs of queues over the API."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def pause(self, queue: str, note: str | None = None) -> None:
        """Start no job of a queue any more."""
        self.api.send("PUT", f"/queues/{queue}/pause", json={"note": note} if note else {})

    def resume(self, queue: str) -> None:
        """Start jobs of a queue again."""
        self.api.send("DELETE", f"/queues/{queue}/pause")

    def drain(self, queue: str, *, delayed: bool = False) -> int:
        """Cancel all that waits in a queue; how many that were."""
        return int(self.api.send("POST", f"/queues/{queue}/drain", json={"delayed": delayed})[1]["affected"])

    def clean(self, queue: str, state: str, grace: timedelta, *, keep: int | None = None) -> int:
        """Forget finished jobs of a queue; how many that were."""
        older = min(LONGEST_MS, round(grace.total_seconds() * 1000))
        body = {"state": state, "older_than_ms": older} | ({} if keep is None else {"keep": keep})
        return int(self.api.send("POST", f"/queues/{queue}/clean", json=body)[1]["affected"])

    def limit(self, queue: str, *, concurrency: int | None = None, rate: RateLimit | None = None) -> None:
        """Set cap and rate of a queue; a concurrency of 0 lifts the cap."""
        body: dict[str, Any] = {} if concurrency is None else {"concurrency": concurrency or None}
        if rate:
            body["rate"] = {"count": rate.count, "per_ms": round(rate.per * 1000)}
        self.api.send("PATCH", f"/queues/{queue}", json=body)

    def unlimit_rate(self, queue: str) -> None:
        """Lift the rate of a queue."""
        self.api.send("PATCH", f"/queues/{queue}", json={"rate": None})
