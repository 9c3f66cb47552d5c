"""The web process: `python -m web` is gunicorn with the threads and the address of the settings."""

from __future__ import annotations

import sys
from typing import Any, Final

from gunicorn.app.base import BaseApplication

from callboard.history.errors import SchemaError
from callboard.jobs.exposure import require_safe_settings
from callboard.jobs.log_lines import set_up_logging
from callboard.jobs.settings import Settings, SettingsError, load_settings
from web import or_told
from web.app import create_app
from web.services import Services

THREADS: Final = 16


class Server(BaseApplication):
    """Gunicorn with one process of threads; more of them by a Procfile."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Take the settings as gunicorn's."""
        host = f"[{self.settings.bind}]" if ":" in self.settings.bind else self.settings.bind
        for name, value in {
            "bind": f"{host}:{self.settings.port}",
            "worker_class": "gthread",
            "threads": THREADS,
            "loglevel": "warning",
            "graceful_timeout": 5,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in the worker."""
        return or_told(lambda: create_app(self.settings))


def main() -> int:
    """Serve until told to stop; the exit code."""
    try:
        settings = load_settings()
        require_safe_settings(settings)
        Services(settings).engine.dispose()  # tables that are behind are told now, and not by each answer
    except (SettingsError, SchemaError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    set_up_logging(settings)
    Server(settings).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
