"""A flow drawn in text: what follows stands below, what runs side by side is branched off, what joins goes on below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cli.progress import doing, label, mark

if TYPE_CHECKING:
    from callboard.jobs.record import Job

Edges = Mapping[str, Sequence[str]]
START = ""


def draw(jobs: Sequence[Job], edges: Edges) -> Iterator[str]:
    """The lines of the drawing."""
    texts = {job.id: text for job, text in zip(jobs, _texts(jobs), strict=True)}
    yield from _draw(START, "", _placed([*texts], edges), texts)


def _texts(jobs: Sequence[Job]) -> list[str]:
    """A line for each job: mark, step, type, what it does."""
    width = max((len(label(job)) for job in jobs), default=0)
    types = max((len(job.type) for job in jobs), default=0)
    named = any(job.step for job in jobs)
    return [
        f"{mark(job)} {label(job):<{width}}  " + (f"{job.type:<{types}}  " if named else "") + doing(job)
        for job in jobs
    ]


def _placed(nodes: Sequence[str], edges: Edges) -> dict[str, tuple[list[str], list[str]]]:
    """For each node, what is branched off below it and what goes on after all its branches have joined.

    A node is put under its immediate dominator: the last node that every way to it leads through.
    """
    parents: dict[str, list[str]] = {node: [] for node in [*nodes, *edges]}
    for node, targets in edges.items():
        for target in targets:
            parents.setdefault(target, []).append(node)
    depth, above = {START: 0}, {START: START}
    placed: dict[str, tuple[list[str], list[str]]] = {START: ([], [])}
    for node in _in_order(parents, edges):
        over = parents[node] or [START]
        head = over[0]
        for other in over[1:]:
            head = _common(head, other, above, depth)
        above[node], depth[node] = head, depth[head] + 1
        placed[node] = ([], [])
        placed[head][len(over) > 1].append(node)
    return placed


def _common(one: str, other: str, above: Mapping[str, str], depth: Mapping[str, int]) -> str:
    """The last node that the ways to both lead through."""
    while one != other:
        if depth[one] >= depth[other]:
            one = above[one]
        else:
            other = above[other]
    return one


def _in_order(parents: Mapping[str, Sequence[str]], edges: Edges) -> Iterator[str]:
    """All nodes, each after those it waits for."""
    left = {node: len(over) for node, over in parents.items()}
    ready = [node for node, number in left.items() if not number]
    for node in ready:
        yield node
        for target in edges.get(node, ()):
            left[target] -= 1
            if not left[target]:
                ready.append(target)


def _draw(
    node: str, indent: str, placed: Mapping[str, tuple[list[str], list[str]]], texts: Mapping[str, str]
) -> Iterator[str]:
    """A node with everything under it; a chain goes straight down, without recursion."""
    follow = [node]
    while follow:
        node = follow.pop(0)
        if node in texts:
            yield indent + texts[node]
        branches, joined = placed[node]
        if len(branches) == 1:
            follow = branches + joined + follow
            continue
        for branch in branches:
            last = branch is branches[-1]
            lines = _draw(branch, "", placed, texts)
            for number, line in enumerate(lines):
                yield indent + (("└─ " if last else "├─ ") if not number else "   " if last else "│  ") + line
        follow = joined + follow
