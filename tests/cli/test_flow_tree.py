"""The drawing of a flow."""

from collections.abc import Sequence
from itertools import pairwise

from callboard.jobs.record import Job
from cli.flow_tree import draw


def drawing(names: str, *edges: str) -> list[str]:
    """The drawing of jobs with one-letter names and `ab` for an edge from a to b; a digit is a gate."""
    targets: dict[str, list[str]] = {}
    for edge in edges:
        source, target = edge[0], edge[1]
        targets.setdefault(source, []).append(target)
    return [line.replace("  waits", "") for line in draw(jobs(names), targets)]


def jobs(names: Sequence[str]) -> list[Job]:
    return [Job(name, name, "default", "blocked") for name in names]


def test_a_chain_goes_straight_down() -> None:
    assert drawing("abc", "ab", "bc") == ["○ a", "○ b", "○ c"]


def test_what_runs_side_by_side_is_branched_off_and_what_joins_goes_on_below() -> None:
    assert drawing("abcd", "ab", "ac", "bd", "cd") == ["○ a", "├─ ○ b", "└─ ○ c", "○ d"]


def test_branches_may_be_chains() -> None:
    assert drawing("abcde", "ab", "bc", "ad", "ce", "de") == ["○ a", "├─ ○ b", "│  ○ c", "└─ ○ d", "○ e"]


def test_jobs_that_wait_for_nothing_stand_side_by_side() -> None:
    assert drawing("abc", "ac", "bc") == ["├─ ○ a", "└─ ○ b", "○ c"]


def test_a_gate_is_not_drawn_but_joins() -> None:
    assert drawing("abcd", "a1", "b1", "1c", "1d") == ["├─ ○ a", "└─ ○ b", "├─ ○ c", "└─ ○ d"]


def test_a_branch_within_a_branch_keeps_its_line() -> None:
    assert drawing("abcde", "ab", "ac", "bd", "be") == ["○ a", "├─ ○ b", "│  ├─ ○ d", "│  └─ ○ e", "└─ ○ c"]


def test_a_long_chain_needs_no_recursion() -> None:
    names = [f"n{i}" for i in range(3000)]
    edges = {source: [target] for source, target in pairwise(names)}
    assert len(list(draw(jobs(names), edges))) == 3000


def test_a_step_that_was_skipped_is_said_to_be() -> None:
    failed = Job("a", "a", "default", "failed")
    skipped = Job("b", "b", "default", "failed", blocked_by="a")
    assert list(draw([failed, skipped], {"a": ["b"]})) == ["✗ a  failed", "– b  skipped"]
