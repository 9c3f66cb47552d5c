"""Run a module as a child of a supervisor that it does not outlive, however either of them dies."""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
from collections.abc import Callable
from typing import Final

from callboard.worker import place

PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    """Run the module that is named after the pid of the supervisor and the turn of its place, with its arguments."""
    supervisor, restarts, module, *arguments = sys.argv[1:]
    place.take(int(restarts))
    if sys.platform == "linux":
        _die_with(int(supervisor))
    sys.argv = [module, *arguments]
    # After the bond, for importing takes a while in which the parent may die.
    runpy.run_module(module, run_name="__main__")


def _die_with(parent: int) -> None:
    """Bind this process to its parent, and the worker process that dramatiq forks to this one."""
    master, bind = os.getpid(), _binding()
    bind(parent)
    # The bond is not inherited by a fork, so dramatiq's child makes its own; children of jobs are not our concern.
    os.register_at_fork(after_in_child=lambda: bind(master) if os.getppid() == master else None)


def _binding() -> Callable[[int], None]:
    """What asks the kernel to kill this process when its parent dies; everything it needs is loaded before a fork."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def bind(parent: int) -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It died before we could ask.
            os._exit(1)

    return bind


if __name__ == "__main__":
    main()
