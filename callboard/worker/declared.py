"""The job types that modules declare: those of the platform, and those that somebody has beside them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dramatiq
from dramatiq.actor import Actor


def declared_types(modules: Sequence[str]) -> dict[str, Actor[Any, Any]]:
    """Import the modules and return all types of the broker that they set up, by name. Raises ImportError."""
    for module in modules:
        importlib.import_module(module)
    return dict(dramatiq.get_broker().actors)


def import_own(modules: Sequence[str]) -> None:
    """Import modules that lie in the working folder, or where Python finds them. Raises ImportError."""
    if modules and not {"", str(Path.cwd())} & set(sys.path):
        sys.path.insert(0, str(Path.cwd()))  # as `python -m` has it; a command of its own does not
    for module in modules:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise ImportError(
                f"CALLBOARD_MODULES names {module}, which is not there; it is looked for in {Path.cwd()} first"
            ) from None
