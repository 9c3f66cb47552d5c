"""Read the settings of this process; the only reader of `os.environ`."""

import dataclasses
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

from dotenv import dotenv_values

from callboard.jobs.errors import CallboardError
from callboard.jobs.failpoints import arm
from callboard.jobs.settings_table import Settings, shown, table
from callboard.jobs.variables import HIDDEN, as_text, hide_credentials

__all__ = ["Settings", "SettingsError", "environment", "environment_for_child", "load_settings", "shown", "table"]


class SettingsError(CallboardError):
    """Raised when variables of the environment cannot be used; `problems` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["the environment has settings that cannot be used:", *problems]))
        self.problems = problems


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from a mapping, or from the process environment over a `.env` file of the working folder.

    Sets the failpoints that the process environment asks for. Raises SettingsError, which lists every problem at once.
    """
    given = _process_environment() if environ is None else environ
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, row in table().items():
        raw = next((given[key].strip() for key in (row.name, *row.also) if given.get(key, "").strip()), None)
        if raw is None:  # an empty variable counts as not set, as in `REDIS_PASSWORD=`
            continue
        try:
            values[name] = row.kind.parse(raw)
        except (ValueError, KeyError):
            got = HIDDEN if row.secret else repr(hide_credentials(raw))
            problems.append(f"{row.name}: expected {row.kind.expects}, got {got}")
    settings = Settings(**values)
    problems += _contradictions(settings)
    if problems:
        raise SettingsError(problems)
    if environ is None and settings.failpoints:
        arm(settings.failpoints)
    return dataclasses.replace(settings, log_level="debug") if _asks_for_debug(settings.debug) else settings


def environment_for_child(**changes: str) -> dict[str, str]:
    """Return the environment of this process with some variables changed, to start a child process with."""
    return dict(os.environ) | changes


@contextmanager
def environment(**changes: str) -> Iterator[None]:
    """Within a block, change variables of this process, for the processes that are started in it."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _process_environment() -> dict[str, str]:
    # Variables of the process win: a `.env` file holds a developer's defaults, as the platforms we replace had it.
    from_file = dotenv_values(".env", interpolate=False)
    return {name: value for name, value in from_file.items() if value is not None} | dict(os.environ)


def _contradictions(settings: Settings) -> Iterator[str]:
    if settings.retry_max_delay < settings.retry_base_delay:
        base, most = as_text(settings.retry_base_delay), as_text(settings.retry_max_delay)
        yield f"RETRY_MAX_DELAY: expected at least RETRY_BASE_DELAY, which is {base}, got {most}"
    if (settings.smtp_user is None) != (settings.smtp_pass is None):
        missing, there = ("SMTP_PASS", "SMTP_USER") if settings.smtp_user else ("SMTP_USER", "SMTP_PASS")
        yield f"{missing}: expected a value because {there} is set, got none"
    if settings.failpoints and settings.environment == "production":
        yield "FAILPOINT: expected none because CALLBOARD_ENV is production, got some; it is for tests"
    if settings.web_secret and (len(settings.web_secret) < 32 or len(set(settings.web_secret)) < 10):
        yield "CALLBOARD_SECRET: expected at least 32 characters, ten of them different, got fewer"
    if settings.open_loopback and settings.environment == "production":
        # Behind a proxy on the same machine everybody comes from there.
        yield "CALLBOARD_OPEN_LOOPBACK: expected false because CALLBOARD_ENV is production, got true; make tokens"
    for provider in settings.ai_providers or ():
        if provider not in ("local", "openai", "anthropic"):
            yield f"CALLBOARD_AI_PROVIDERS: expected names out of local, openai, anthropic, got {provider!r}"


def _asks_for_debug(patterns: str | None) -> bool:
    # `DEBUG=bull*` is how the platforms we replace ask for it; patterns meant for other libraries must not count.
    wanted = [pattern.strip().lower() for pattern in (patterns or "").replace(",", " ").split()]
    topics = ("bull", "bullmq", "callboard", "true", "1")
    return any(fnmatchcase(topic, pattern) for topic in topics for pattern in wanted)
