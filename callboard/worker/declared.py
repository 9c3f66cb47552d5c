"""The job types that some modules declare, for processes that make jobs and do not run them."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import dramatiq
from dramatiq.actor import Actor


def declared_types(modules: Sequence[str]) -> dict[str, Actor[Any, Any]]:
    """Import the modules and return all types of the broker that they set up, by name. Raises ImportError."""
    for module in modules:
        importlib.import_module(module)
    return dict(dramatiq.get_broker().actors)
