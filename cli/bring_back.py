"""Jobs that are in doubt brought back by hand: the history has them as live, Redis has lost them."""

from __future__ import annotations

from collections.abc import Sequence

from cli.server import database, links, remote


def bring_back(ids: Sequence[str]) -> set[str]:
    """Those of some jobs that are back; none where there is no history, or none of ours. Raises NotComparable."""
    if remote():
        return set()
    from callboard.history.errors import SchemaError
    from callboard.history.reconciler import Reconciler

    try:
        engine = database()
    except SchemaError:
        return set()
    return set(Reconciler(engine, links()).bring_back(*ids))
