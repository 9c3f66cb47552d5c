"""What a caller may ask of the engine about jobs: enqueue, start a flow, cancel, promote, edit, rerun, remove."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from callboard.broker.errors import JobMissing, NotPossible
from callboard.broker.link import Command, Links, text_list
from callboard.broker.scripts import bind
from callboard.jobs.call import Call, record_fields
from callboard.jobs.change import Change
from callboard.jobs.encoding import encode
from callboard.jobs.flow import BadFlow, Node, Plan
from callboard.jobs.identity import new_id
from callboard.jobs.states import possible_verbs

ENQUEUE: Final = bind("enqueue", "jobs*")
START: Final = bind("start", "flow", "name", "on_failure", "meta", "count", "nodes*")
CANCEL: Final = bind("cancel", "ids*")
PROMOTE: Final = bind("promote", "ids*")
WITHDRAW: Final = bind("withdraw", "ids*")
RERUN: Final = bind("rerun", "request", "checkpoint", "fields", "ids*")
REMOVE: Final = bind("remove", "ids*")
EDIT: Final = bind("edit", "version", "due_ms", "queue", "tags", "untags", "fields", "ids*")
CHECKPOINTS: Final = {None: "", True: "keep", False: "forget"}
PACKED: Final = ("id", "type", "queue", "priority", "delay_ms", "due_ms", "unique", "fairness", "fields")
FIRE: Final = bind("fire", "schedule", "data", "before_ms", "keep_ms", "unless", *PACKED)

BATCH: Final = 250
pack = msgspec.msgpack.encode


def packed(call: Call, extra: Sequence[str | int] = ()) -> list[str | bytes | int]:
    """A call as the arguments of enqueue."""
    fields = record_fields(call)
    fields += extra
    policy = call.policy
    return [
        call.id,
        call.type,
        call.queue,
        policy.priority,
        call.delay_ms,
        call.due_ms,
        policy.unique or "",
        policy.fairness or "",
        pack(fields),
    ]


class Client:
    """The verbs that callers use, over the connections of this process."""

    def __init__(self, links: Links) -> None:
        self.links = links

    def enqueue(self, call: Call) -> str:
        """Accept one call and return the id of its job; where its unique key is held, the id of the holder.

        Safe to repeat after ConnectionLost: the id of the call makes it one job.
        Raises NotJson or TooLarge for its arguments, StoreFull when the server is full, ConnectionLost.
        """
        return text_list(self.links.call(*self.links.script(ENQUEUE.name, *packed(call))))[0]

    def enqueue_many(self, calls: Iterable[Call]) -> list[str]:
        """Accept many calls in batches, each batch wholly or not at all; returns their ids in order.

        Raises as `enqueue` does; batches before the one that failed are accepted, and repeating them is harmless.
        """
        ids: list[str] = []
        for commands in _waves(self._enqueue_batches(calls)):
            for reply in self.links.run(*commands):
                ids += text_list(reply)
        return ids

    def _enqueue_batches(self, calls: Iterable[Call]) -> Iterator[Command]:
        arguments: list[str | bytes | int] = []
        for call in calls:
            arguments += packed(call)
            if len(arguments) >= BATCH * 9:
                yield self.links.script(ENQUEUE.name, *arguments)
                arguments = []
        if arguments:
            yield self.links.script(ENQUEUE.name, *arguments)

    def fire(
        self, call: Call, *, schedule: str, data: str, before_ms: int, keep_ms: int, unless: str = ""
    ) -> tuple[str, str]:
        """Accept the call of a firing, and its id only once in `keep_ms`, whatever has become of its job.

        Answers `FIRED` and the id of the job, `LIVE` and `unless` while the job of that id has not ended, or `LATE`
        when the server's clock is past `before_ms`. Raises as `enqueue` does.
        """
        head = (schedule, data, before_ms, keep_ms, unless)
        answer, id = text_list(self.links.call(*self.links.script(FIRE.name, *head, *packed(call))))
        return answer, id

    def start_flow(self, plan: Plan) -> str:
        """Start a flow, all of its jobs or none, and return its id.

        Raises as `enqueue` does, BadFlow for a job that exists already.
        """
        nodes: list[str | bytes | int] = []
        for node in plan.nodes:
            nodes += self._packed_node(node, plan.id)
        on_failure = plan.on_failure
        if on_failure:
            nodes += self._packed_node(Node(on_failure.id, on_failure, (), step="on_failure"), plan.id)
        meta = encode(plan.meta, f"meta of flow {plan.name}")
        head = (plan.id, plan.name, on_failure.id if on_failure else "", meta, plan.jobs)
        reply = self.links.call(*self.links.script(START.name, *head, *nodes))
        if reply != "OK":
            raise BadFlow(
                f"a flow starts with jobs of its own, job {reply} exists already; make a new call for its step"
            )
        return plan.id

    def _packed_node(self, node: Node, flow: str) -> list[str | bytes | int]:
        edges = pack([value for edge in node.edges for value in (edge.node, edge.policy, int(edge.carries))])
        if node.call is None:
            return [node.id, "", "", 0, 0, 0, "", "", b"", edges, 0]
        extra: list[str | int] = ["flow", flow, "ties", 1]
        for name, value in (("step", node.step), ("results_of", node.results_of)):
            extra += [name, value] if value else []
        extra += ["tolerated", node.tolerated] if node.tolerated else []
        extra += ["approval", "asked"] if node.approval else []
        return [*packed(node.call, extra), edges, int(node.approval)]

    def cancel(self, *ids: str) -> list[str]:
        """Cancel jobs; for each `CANCELLED`, `CANCELLING` where it runs and was asked, its state, or `MISSING`."""
        return text_list(self.links.call(*self.links.script(CANCEL.name, *ids)))

    def promote(self, *ids: str) -> list[str]:
        """Make delayed jobs ready now; for each its state after the call, or `MISSING`."""
        return text_list(self.links.call(*self.links.script(PROMOTE.name, *ids)))

    def withdraw(self, *ids: str) -> list[str]:
        """Take back the wish that active jobs be cancelled; for each `WITHDRAWN`, its state, or `MISSING`."""
        return text_list(self.links.call(*self.links.script(WITHDRAW.name, *ids)))

    def rerun(
        self,
        *ids: str,
        request: str | None = None,
        from_checkpoint: bool | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Run finished jobs again; for each `WAITING`, its state where that is not final, `HELD`, or `MISSING`.

        `HELD` means that another live job has its unique key. Repeat with the same request id to be safe. They go on
        from their checkpoints, but those that were completed begin anew, unless `from_checkpoint` says otherwise;
        `fields` are written into their records before.
        """
        head = (request or new_id(), CHECKPOINTS[from_checkpoint], _flat(fields or {}))
        return text_list(self.links.call(*self.links.script(RERUN.name, *head, *ids)))

    def edit(self, change: Change, *ids: str, version: int | None = None) -> list[str]:
        """Change jobs; those that run or have ended only in their tags. One that waits and is to run later is delayed.

        For each `EDITED`, `CHANGED` where it has another version than the one given, `CROWDED` where it would have too
        many tags, its state where that forbids it, or `MISSING`.
        """
        head: list[str | bytes | int] = ["" if value is None else value for value in (version, change.due_ms)]
        head += [change.queue, pack(change.tags), pack(change.untags), _flat(change.fields)]
        return text_list(self.links.call(*self.links.script(EDIT.name, *head, *ids)))

    def remove(self, *ids: str) -> list[str]:
        """Forget finished jobs; for each `REMOVED`, `IN_FLOW` while its flow runs, its state or `MISSING`."""
        return text_list(self.links.call(*self.links.script(REMOVE.name, *ids)))


def require(verb: str, id: str, reply: str, *done: str) -> str:
    """The reply of a verb if it did what was asked. Raises JobMissing or NotPossible otherwise."""
    if reply == "MISSING":
        raise JobMissing(f"job {id} is unknown; it may have been forgotten after its retention time")
    if reply not in done:
        state = reply.lower()
        raise NotPossible(f"cannot {verb} job {id}: it is {state}", state, possible_verbs(state))
    return reply


def _flat(fields: Mapping[str, str]) -> bytes:
    return pack([part for pair in fields.items() for part in pair])


def _waves(commands: Iterator[Command], size: int = 2) -> Iterator[list[Command]]:
    """Commands in small groups that are sent in one write, so that encoding and the server's work overlap."""
    wave: list[Command] = []
    for command in commands:
        wave.append(command)
        if len(wave) == size:
            yield wave
            wave = []
    if wave:
        yield wave
