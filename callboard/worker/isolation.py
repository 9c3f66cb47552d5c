"""Run a body in a child process."""

from typing import Any


def run_in_child(attempt: Any, actor: Any) -> Any:
    """Run the body of an attempt in a child process."""
    return actor.run_body(attempt, *attempt.args, **attempt.kwargs)
