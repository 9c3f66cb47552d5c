"""The pages, a module each."""

from importlib import import_module
from typing import Final

NAMES: Final = (
    "sign_in",
    "home",
    "events",
    "charts",
    "alerts",
    "flows",
    "schedules",
    "jobs",
    "job",
    "new",
    "my_job",
    "queues",
    "errors",
    "workers",
    "audit",
    "settings",
)


def load() -> None:
    """Declare the routes of all pages."""
    for name in NAMES:
        import_module(f"web.dashboard.pages.{name}")
