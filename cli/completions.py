"""What the shell offers when Tab is pressed: queues, types and job ids as they are now."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def offering(names: Callable[[], Iterable[tuple[str, str]]]) -> Offer:
    """Offer (value, what it is) pairs that begin with what is typed; nothing where they cannot be had."""

    def offer(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        # In the middle of a command line there is no place to complain.
        with contextlib.suppress(Exception):
            begun = incomplete.lower()
            return [CompletionItem(value, help=what) for value, what in names() if value.lower().startswith(begun)]
        return []

    return offer


def _queues() -> Iterable[tuple[str, str]]:
    from cli.server import store

    return ((name, "queue") for name in store().queues())


def _types() -> Iterable[tuple[str, str]]:
    """What running workers have declared; only without any, what this process would, for importing that takes long."""
    from cli.server import platform, store

    with contextlib.suppress(Exception):
        if told := {name for worker in store().workers() for name in worker.about.get("types") or ()}:
            return ((name, "type") for name in sorted(told))
    return ((name, actor.queue_name) for name, actor in platform().actors.items())


def _jobs() -> Iterable[tuple[str, str]]:
    from cli.query import Live, find_jobs
    from cli.server import store

    return ((job.id, f"{job.type} {job.state}") for job in find_jobs(store(), Live(), 100))


def _schedules() -> Iterable[tuple[str, str]]:
    from callboard.history.database import reading
    from callboard.history.schedules import list_schedules
    from cli.server import database

    with reading(database()) as session:
        return [(status.schedule.name, status.schedule.type) for status in list_schedules(session)]


def _errors() -> Iterable[tuple[str, str]]:
    from callboard.history.failures import GroupQuery, list_groups
    from cli.server import database

    return ((group.fingerprint, group.message) for group in list_groups(database(), GroupQuery()))


queue_names = offering(_queues)
type_names = offering(_types)
job_ids = offering(_jobs)
schedule_names = offering(_schedules)
error_groups = offering(_errors)
