"""One thread for what would take every core: other jobs keep theirs, and sums are added up in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def one_thread(api: str | None = None) -> Iterator[None]:
    """One thread for BLAS and OpenMP, or for one of them: "blas" holds for the process, "openmp" for this thread.

    On a busy machine this is faster too: threads of OpenMP wait for each other in a loop, and one that has to wait for
    a core holds all of them up (a tree model answered in seconds instead of milliseconds).
    """
    with _controller().limit(limits=1, user_api=api):
        yield


@cache
def _controller() -> Any:
    import sklearn.ensemble  # noqa: F401 - only what is loaded can be limited
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
