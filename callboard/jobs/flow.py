"""Jobs that depend on each other, as values: chains, groups, graphs, and the plan that starts them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from callboard.jobs.call import Call
from callboard.jobs.errors import CallboardError
from callboard.jobs.identity import new_id

# What becomes of a dependant when the step it depends on fails or is cancelled.
EDGE_POLICIES: Final = {
    "fail": "the dependant fails too, named as skipped",
    "continue": "the dependant runs when its other steps are done, with null in place of the missing result",
    "ignore": "the dependant runs when its other steps are done, and the missing result is left out",
}
MAX_JOBS: Final = 20_000
MAX_DEPTH: Final = 100


class BadFlow(CallboardError):
    """Raised when a flow cannot be started: empty, too large, too deep, or with an unknown policy."""


@dataclass(frozen=True, slots=True)
class Step:
    """A call in a flow: what it comes `after`, what its failure does to those after it, whether it awaits approval."""

    call: Call
    if_fails: str = "fail"
    after: tuple[Step, ...] = ()
    name: str = ""
    approval: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """Parts that run one after the other, each handed the result of the one before."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that run side by side; what follows is handed the list of their results, in order."""

    parts: tuple[Part, ...]


Part = Call | Step | Chain | Group


def chain(*parts: Part) -> Chain:
    """Parts to run one after the other."""
    return Chain(parts)


def group(*parts: Part) -> Group:
    """Parts to run side by side."""
    return Group(parts)


@dataclass(frozen=True, slots=True)
class Edge:
    """A dependency: the node needed, the policy of the edge, and whether the result goes along it."""

    node: str
    policy: str
    carries: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A job or, without a call, a gate between two groups; `results_of` ends in * where a list is handed on."""

    id: str
    call: Call | None
    edges: tuple[Edge, ...]
    results_of: str = ""
    tolerated: str = ""
    step: str = ""
    approval: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A flow ready to start: nodes in an order in which none comes before what it needs."""

    id: str
    name: str
    nodes: tuple[Node, ...]
    gates: int
    on_failure: Call | None = None
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def jobs(self) -> int:
        """How many jobs it has, the on_failure job left out."""
        return len(self.nodes) - self.gates

    def calls(self) -> Iterator[Call]:
        """Its calls in order."""
        return (node.call for node in self.nodes if node.call)


Exits = list[tuple[str, str]]


@dataclass(slots=True)
class _Planner:
    flow: str
    nodes: list[Node] = field(default_factory=list)
    gates: int = 0

    def place(self, part: Part, entries: Exits, many: bool, depth: int) -> tuple[Exits, bool]:
        """Add a part after some exits; returns its own exits and whether they stand for a list."""
        if depth > MAX_DEPTH:
            raise BadFlow(f"a flow may be nested {MAX_DEPTH} deep, this one is deeper")
        if isinstance(part, Chain):
            _not_empty(part.parts, "chain")
            for inner in part.parts:
                entries, many = self.place(inner, entries, many, depth + 1)
            return entries, many
        if isinstance(part, Group):
            return self._side_by_side(part, entries, many, depth)
        return self.job(part if isinstance(part, Step) else Step(part), entries, many)

    def _side_by_side(self, part: Group, entries: Exits, many: bool, depth: int) -> tuple[Exits, bool]:
        _not_empty(part.parts, "group")
        if len(entries) > 1 and len(part.parts) > 1:
            entries = [(self._gate(entries), "gate*" if many else "gate")]
        exits: Exits = []
        for inner in part.parts:
            exits += self.place(inner, entries, many, depth + 1)[0]
        return exits, True

    def _gate(self, entries: Exits) -> str:
        """A node without a job, so that n steps before m others need n + m edges and not n * m."""
        self.gates += 1
        gate = f"{self.flow}#{self.gates}"
        self.nodes.append(Node(gate, None, tuple(Edge(node, policy, True) for node, policy in entries)))
        return gate

    def job(self, step: Step, entries: Exits, many: bool) -> tuple[Exits, bool]:
        """Add one job after some exits; returns its own exit."""
        if step.if_fails not in EDGE_POLICIES:
            raise BadFlow(f'if_fails must be one of {", ".join(EDGE_POLICIES)}, got "{step.if_fails}"')
        if len(self.nodes) >= MAX_JOBS:
            raise BadFlow(f"a flow may have {MAX_JOBS:,} jobs, this one has more")
        call, results_of = step.call, ""
        gated = bool(entries) and entries[0][1].startswith("gate")
        if call.takes_results and entries:
            results_of = (entries[0][0] if gated else call.id) + ("*" if many else "")
        carries = bool(results_of) and not gated
        edges = tuple(Edge(node, "fail" if gated else policy, carries) for node, policy in entries)
        self.nodes.append(Node(call.id, call, edges, results_of, _tolerance(step.if_fails), step.name, step.approval))
        return [(call.id, step.if_fails)], False


def _not_empty(parts: tuple[Part, ...], what: str) -> None:
    if not parts:
        raise BadFlow(f"a {what} needs at least one part, got none")


def plan(part: Part, *, name: str = "", on_failure: Call | None = None, meta: dict[str, Any] | None = None) -> Plan:
    """The plan of a chain, group or single call. Raises BadFlow when it cannot be started as it is."""
    planner = _Planner(new_id())
    planner.place(part, [], False, 0)
    return Plan(
        planner.flow, name or "flow", _distinct(planner.nodes, on_failure), planner.gates, on_failure, meta or {}
    )


def graph(*steps: Step, name: str = "", on_failure: Call | None = None, meta: dict[str, Any] | None = None) -> Plan:
    """The plan of steps that name what they come after; a step with several parents is handed a list.

    Raises BadFlow when a step comes after one that is not given before it.
    """
    planner, known = _Planner(new_id()), set[str]()
    for step in steps:
        missing = [parent.call.type for parent in step.after if parent.call.id not in known]
        if missing:
            raise BadFlow(f"step {step.call.type} comes after {', '.join(missing)}, which must be given before it")
        entries = [(parent.call.id, parent.if_fails) for parent in step.after]
        planner.job(step, entries, len(entries) > 1)
        known.add(step.call.id)
    _not_empty(tuple(steps), "graph")
    return Plan(
        planner.flow, name or "flow", _distinct(planner.nodes, on_failure), planner.gates, on_failure, meta or {}
    )


def _distinct(nodes: list[Node], on_failure: Call | None) -> tuple[Node, ...]:
    ids = {node.id for node in nodes}
    if on_failure and on_failure.id in ids:
        raise BadFlow("the call of on_failure is a step of the flow too; make a call of its own for it")
    if len(ids) != len(nodes):
        raise BadFlow("the same call stands in the flow twice; make a call of its own for each step")
    # Only a failure that some dependant tolerates is tolerated: the failure of a last step is the flow's.
    needed = {edge.node for node in nodes for edge in node.edges}
    return tuple(n if not n.tolerated or n.id in needed else _untolerated(n) for n in nodes)


def _untolerated(node: Node) -> Node:
    return replace(node, tolerated="")


def _tolerance(if_fails: str) -> str:
    return "" if if_fails == "fail" else if_fails
