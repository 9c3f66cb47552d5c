"""The attempt that the present thread runs."""

from __future__ import annotations

import threading

from callboard.broker.attempt import Attempt


class _Here(threading.local):
    attempt: Attempt | None = None


here = _Here()


def current_attempt() -> Attempt | None:
    """The attempt that runs in this thread, None outside of one."""
    return here.attempt
