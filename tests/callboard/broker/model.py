"""What the engine should do, said a second time and simply: jobs in a dict, flows as nodes, nothing kept twice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from callboard.jobs.flow import Edge, Plan

FINAL = ("completed", "failed", "cancelled")
LEASE_MS = 10_000
MAX_CRASHES = 3
LEAP = 1_000


@dataclass
class Row:
    """A job or a gate as the model knows it."""

    id: str
    queue: str = ""
    state: str = "blocked"
    due: int = 0
    fence: int = 0
    crashes: int = 0
    cancel: bool = False
    withdrawn: int = 0
    parked: bool = False
    lease: int = 0
    finished: int = 0
    unique: str = ""
    cap: tuple[str, int] = ("", 0)
    flow: str = ""
    edges: tuple[Edge, ...] = ()
    needs: set[str] = field(default_factory=set)
    gate: bool = False
    broken: str = ""
    tolerated: bool = False
    skipped_by: str = ""
    cut: bool = False

    @property
    def open(self) -> bool:
        """Whether those after it must still wait for it."""
        return bool(self.needs) if self.gate else self.state not in FINAL


@dataclass
class Flow:
    """A flow as the model knows it."""

    id: str
    members: list[str]
    on_failure: str
    state: str = "active"
    broken: bool = False


@dataclass
class QueueRow:
    """What was set for a queue, and when jobs of it started."""

    paused: bool = False
    cap: int = 0
    rate: tuple[int, int] = (0, 0)
    starts: list[int] = field(default_factory=list)


class Model:
    """The states that all jobs should be in."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.rows: dict[str, Row] = {}
        self.flows: dict[str, Flow] = {}
        self.queues: dict[str, QueueRow] = defaultdict(QueueRow)

    # -- what is asked for

    def jobs(self, *states: str, queue: str = "") -> list[Row]:
        """The jobs in some states, in the order in which they were made."""
        rows = (row for row in self.rows.values() if not row.gate)
        return [row for row in rows if row.state in states and queue in ("", row.queue)]

    def states(self) -> dict[str, str]:
        """The state of each job."""
        return {row.id: row.state for row in self.rows.values() if not row.gate}

    def holder(self, unique: str) -> Row | None:
        """The live job that has a unique key."""
        return next((r for r in self.rows.values() if unique and r.unique == unique and r.state not in FINAL), None)

    # -- verbs of callers

    def enqueue(self, row: Row) -> str:
        """Accept a job; the id that a caller is answered."""
        if row.id in self.rows:
            return row.id
        if holder := self.holder(row.unique):
            return holder.id
        row.state = "delayed" if row.due > self.now else "waiting"
        self.rows[row.id] = row
        return row.id

    def start(self, planned: Plan, on_failure: str) -> None:
        """Start a flow."""
        if planned.id in self.flows:
            return
        for node in planned.nodes:
            row = Row(node.id, node.call.queue if node.call else "", flow=planned.id, gate=node.call is None)
            row.edges, row.tolerated = node.edges, bool(node.tolerated)
            row.needs = {edge.node for edge in node.edges}
            row.state = "blocked" if node.edges else "waiting"
            self.rows[row.id] = row
        self.flows[planned.id] = Flow(planned.id, [n.id for n in planned.nodes if n.call], on_failure)
        if on_failure:
            self.rows[on_failure] = Row(on_failure, "flows", flow=planned.id)

    def cancel(self, id: str) -> None:
        """Cancel a job, or ask for it where it runs."""
        row = self.rows[id]
        if row.state == "active":
            row.cancel = True
        elif row.state not in FINAL:
            row.cut = row.state == "blocked"
            self.finish(row, "cancelled")

    def withdraw(self, id: str) -> None:
        """Let a job go on that was asked to stop."""
        row = self.rows[id]
        if row.state == "active" and row.cancel:
            row.cancel, row.withdrawn = False, row.fence

    def edit(self, id: str, queue: str, due: int | None) -> str:
        """Move a job that does not run to a queue, a time, or both; what the server answers."""
        row = self.rows[id]
        if row.state not in ("waiting", "delayed", "blocked") or (due is not None and row.state == "blocked"):
            return row.state
        row.queue = queue or row.queue
        if due is not None and (row.state == "delayed" or due > self.now):
            row.state, row.due, row.parked = "delayed", due, False
        return "EDITED"

    def promote(self, id: str) -> None:
        """Do not wait for the due time."""
        if self.rows[id].state == "delayed":
            self._line_up(self.rows[id])

    def rerun(self, id: str) -> str:
        """Run a finished job again; what a caller is answered."""
        row = self.rows[id]
        if row.state not in FINAL:
            return row.state
        if self.holder(row.unique):
            return "HELD"
        row.crashes, row.cancel, row.skipped_by, cut, row.cut = 0, False, "", row.cut, False
        flow = self.flows.get(row.flow)
        self._line_up(row)
        if cut and flow and id != flow.on_failure:
            row.needs = {edge.node for edge in row.edges if self._is_open(edge.node)}
            row.state = "blocked" if row.needs else row.state
        if flow and id != flow.on_failure:
            self._reopen(flow, row)
        return "WAITING"

    def remove(self, id: str) -> None:
        """Forget a finished job."""
        row = self.rows[id]
        if row.state in FINAL and not self._needed(row):
            del self.rows[id]

    def clean(self, queue: str, state: str, grace: int, keep: int | None) -> None:
        """Forget the old jobs and the surplus of a state."""
        files = sorted(self.jobs(state, queue=queue), key=lambda row: (row.finished, row.id))
        old = sum(row.finished <= self.now - grace for row in files)
        for row in files[: max(old, len(files) - keep if keep is not None else 0)]:
            self.remove(row.id)

    def drain(self, queue: str, delayed: bool) -> None:
        """Cancel what waits."""
        for row in self.jobs("waiting", *(("delayed",) if delayed else ()), queue=queue):
            self.finish(row, "cancelled", settle=False)
        self._settle()

    def _needed(self, row: Row) -> bool:
        return row.flow in self.flows and self.flows[row.flow].state == "active"

    # -- what a fetch did, told by its events

    def saw_promoted(self, id: str) -> None:
        """A delayed job went to its line: because it was due, or because the key that held it has room."""
        row = self.rows[id]
        assert row.state == "delayed"
        assert row.due <= self.now or (row.parked and self._key_has_room(row)), "promoted before its time"
        self._line_up(row)

    def saw_parked(self, id: str, due: int) -> None:
        """A waiting job was held by its key."""
        row = self.rows[id]
        assert row.state == "waiting"
        assert not self._key_has_room(row), "parked although its key has room"
        row.state, row.due, row.parked = "delayed", due, True

    def saw_active(self, id: str, lease: int) -> None:
        """A waiting job was handed to a worker; no limit forbade it."""
        row, queue = self.rows[id], self.queues[self.rows[id].queue]
        assert row.state == "waiting"
        assert not queue.paused
        assert not queue.cap or len(self.jobs("active", queue=row.queue)) < queue.cap
        count, per = queue.rate
        assert not count or sum(start > self.now - per for start in queue.starts) < count, "over the rate"
        assert self._key_has_room(row)
        if count:  # the server notes starts from the moment on that a rate is set
            queue.starts.append(self.now)
        row.state, row.fence, row.lease = "active", row.fence + 1, lease

    def _key_has_room(self, row: Row) -> bool:
        key, cap = row.cap
        return not cap or sum(other.cap[0] == key for other in self.jobs("active")) < cap

    # -- verbs of workers

    def holds(self, id: str, fence: int) -> bool:
        """Whether this claim is good."""
        return id in self.rows and self.rows[id].state == "active" and self.rows[id].fence == fence

    def retry(self, id: str, delay: int, crash: bool) -> None:
        """The attempt failed."""
        row = self.rows[id]
        row.crashes += crash
        self._give_back(row, max(delay, 1))

    def release(self, id: str, delay: int) -> None:
        """The job is handed back."""
        self._give_back(self.rows[id], delay)

    def abandon(self, row: Row) -> None:
        """The body stopped because the job was to be cancelled, which it may be no more."""
        if not row.cancel and row.withdrawn == row.fence:
            self._line_up(row)
        else:
            self.finish(row, "cancelled")

    def _give_back(self, row: Row, delay: int) -> None:
        if row.cancel:
            self.finish(row, "cancelled")
        elif delay:
            row.state, row.due, row.parked = "delayed", self.now + delay, False
        else:
            self._line_up(row)

    def rescue(self) -> None:
        """Take in what has no lease any more."""
        for row in self.jobs("active"):
            if row.lease <= self.now:
                row.crashes += 1
                if row.cancel or row.crashes >= MAX_CRASHES:
                    self.finish(row, "cancelled" if row.cancel else "failed", settle=False)
                else:
                    self._line_up(row)
        self._settle()

    def lose(self) -> None:
        """Redis is emptied, and all that is live comes back: what ran waits, what was to be cancelled is."""
        self.queues.clear()
        self.flows = {id: flow for id, flow in self.flows.items() if flow.state == "active"}
        self.rows = {id: row for id, row in self.rows.items() if self._comes_back(row)}
        for row in self.jobs("waiting", "delayed", "blocked", "active"):
            row.fence += LEAP
            if row.state == "active" and row.cancel:
                self.finish(row, "cancelled", settle=False)
            elif row.state == "active" or (row.state == "delayed" and (row.parked or row.due <= self.now)):
                self._line_up(row)
        self._settle()

    def _comes_back(self, row: Row) -> bool:
        return row.flow in self.flows or (not row.gate and row.state not in FINAL)

    def _line_up(self, row: Row) -> None:
        row.state, row.due, row.parked = "waiting", 0, False

    # -- flows

    def finish(self, row: Row, state: str, settle: bool = True) -> None:
        """A job is over; what follows from it for others, now or when all that ended with it is known."""
        row.state, row.finished, row.parked, row.due = state, self.now, False, 0
        row.needs.clear()
        if settle:
            self._settle()

    def _settle(self) -> None:
        """Free or skip what can be, until nothing changes; then close the flows that are over."""
        while sum(self._settle_node(row) for row in self.rows.values() if row.needs):
            pass
        for flow in self.flows.values():
            if flow.state == "active" and not any(self._is_open(id) for id in flow.members):
                self._close(flow)

    def _settle_node(self, row: Row) -> bool:
        """Look at what a node needs; whether anything changed."""
        was = (len(row.needs), row.state)
        for edge in row.edges:
            if edge.node not in row.needs or self.rows[edge.node].open:
                continue
            before = self.rows[edge.node]  # there, for a flow that runs forgets none of its jobs
            cause = before.broken if before.gate else edge.node * (before.state != "completed")
            row.needs.discard(edge.node)
            if cause and edge.policy == "fail":
                row.broken = cause
                if not row.gate:
                    row.skipped_by = cause
                    self.finish(row, "failed", settle=False)
                    break
        if not row.needs and row.state == "blocked" and not row.gate:
            self._line_up(row)
        return (len(row.needs), row.state) != was

    def _failed(self, flow: Flow) -> bool:
        rows = [self.rows[id] for id in flow.members if id in self.rows]
        return any(row.state in ("failed", "cancelled") and not row.tolerated for row in rows)

    def _close(self, flow: Flow) -> None:
        flow.state = "failed" if self._failed(flow) else "completed"
        handler = self.rows.get(flow.on_failure)
        if handler and handler.state == "blocked":
            if flow.state == "failed":
                self._line_up(handler)
            else:
                self.finish(handler, "cancelled", settle=False)

    def _reopen(self, flow: Flow, again: Row) -> None:
        """A step runs again: what was skipped because of it waits for it again, and all after that."""
        handler = self.rows.get(flow.on_failure)
        if handler and handler.state == "cancelled" and (flow.state == "completed" or handler.cut):
            handler.state, handler.cut = "blocked", False
        flow.state = "active"
        reopened = {again.id}
        for row in self.rows.values():  # in the order of the plan
            if row.flow != flow.id or not reopened & {edge.node for edge in row.edges}:
                continue
            if row.gate:
                row.needs |= {e.node for e in row.edges if self._is_open(e.node)}
                row.broken = next((e.node for e in reversed(row.edges) if self._forbids(e)), "")
                reopened.add(row.id)
            elif row.state == "blocked":
                row.needs |= {e.node for e in row.edges if self._is_open(e.node)}
            elif row.skipped_by or row.cut:
                cause = next((c for c in map(self._cause, row.edges) if c), "")
                if cause:
                    row.skipped_by = cause * bool(row.skipped_by)
                    continue
                row.needs = {e.node for e in row.edges if self._is_open(e.node)}
                row.state, row.skipped_by, row.cut, row.crashes, row.cancel = "blocked", "", False, 0, False
                reopened.add(row.id)

    def _is_open(self, id: str) -> bool:
        return id in self.rows and self.rows[id].open

    def _forbids(self, edge: Edge) -> bool:
        before = self.rows.get(edge.node)
        return bool(before and edge.policy == "fail" and before.state in ("failed", "cancelled") and not before.gate)

    def _cause(self, edge: Edge) -> str:
        before = self.rows.get(edge.node)
        return before.broken if before and before.gate else edge.node * self._forbids(edge)
