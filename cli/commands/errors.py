"""`callboard errors`: failures in groups of one fault each; see error_jobs and error_acts for what is done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.errors import ERROR_CLASSES
from cli.commands.error_acts import ACTS
from cli.commands.error_jobs import JOB_ACTS
from cli.completions import error_groups, type_names
from cli.error_values import COLUMNS, error_of, group_values, print_group
from cli.output import Out
from cli.server import database, remote
from cli.words import Words, word

if TYPE_CHECKING:
    from callboard.history.failed_jobs import Failure

EXAMPLES = """
callboard errors                                 what goes wrong, the newest first
callboard errors show 3f9a                       one group, with its newest failures
callboard errors retry 3f9a --limit 10           try some of its jobs again
callboard errors retry 3f9a --rate 50/s          then all, not too fast
callboard errors resolve 3f9a                    mended; it opens again when it returns
"""
STATUSES = ("open", "ignored", "resolved")
ORDERS = ("last", "count", "first")

errors_command = Words("errors", default="ls", examples=EXAMPLES, help="Failures, grouped by their fault.")


@word("ls", "callboard errors ls --status all --order count\ncallboard errors ls --type email_send --json")
@click.option("--status", type=click.Choice((*STATUSES, "all")), default="open", show_default=True, help="Only these.")
@click.option("--type", "type_name", shell_complete=type_names, help="Only those of this job type.")
@click.option("--class", "error_class", type=click.Choice(tuple(ERROR_CLASSES)), help="Only those of this class.")
@click.option("--order", type=click.Choice(ORDERS), default="last", show_default=True, help="What comes first.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=50, show_default=True, help="So many.")
@click.pass_obj
def ls_command(
    out: Out, *, status: str, type_name: str | None, error_class: str | None, order: str, limit: int
) -> None:
    """List groups of failures. How often each was seen, when last, in which types, and what was raised."""
    from callboard.jobs.policy import type_slug

    wanted = type_slug(type_name) if type_name else None
    rows, totals = listed(None if status == "all" else status, wanted, error_class, order, limit)
    if not out.machine:
        rows = [row | {"error": error_of(row)} for row in rows]
    out.rows("errors", rows, COLUMNS, f"no {'' if status == 'all' else status + ' '}groups of failures", **totals)


def listed(
    status: str | None, type: str | None, error_class: str | None, order: str, limit: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The groups that are asked for, and, where the history is at hand, how many there are of each status."""
    if far := remote():
        from cli.remote_errors import groups as far_groups

        return far_groups(far.api, limit, status=status, type=type, error_class=error_class, order=order), {}
    from callboard.history.failure_trends import shares, trends
    from callboard.history.failures import GroupQuery, count_groups, list_groups

    groups = list_groups(database(), GroupQuery(status, type, error_class, order, limit=limit))
    hours = trends(database(), [group.fingerprint for group in groups])
    share = shares(database(), groups)
    rows = [group_values(group, hours[group.fingerprint], share[group.fingerprint]) for group in groups]
    return rows, {"counts": count_groups(database())}


@word("show", "callboard errors show 3f9a\ncallboard errors show 3f9a -v                  with tracebacks")
@click.argument("group", shell_complete=error_groups)
@click.option("--limit", metavar="N", type=click.IntRange(0, 1000), default=5, show_default=True, help="Failures.")
@click.pass_obj
def show_command(out: Out, group: str, limit: int) -> None:
    """Show one group. What was raised where, how often, who looks after it, and its newest failures."""
    values, newest = whole(group, limit)
    out.page(values, lambda: print_group(out, values, newest))


def whole(text: str, limit: int) -> tuple[dict[str, Any], list[Failure]]:
    """A group and so many of its newest failures. Raises UnknownGroup."""
    if far := remote():
        from cli.remote_errors import whole as far_whole

        told, failures = far_whole(far.api, text)
        return told | {"newest": told["newest"][:limit]}, failures[:limit]
    from dataclasses import asdict

    from callboard.history.failed_jobs import count_failed, newest_failures
    from callboard.history.failure_trends import DAY, shares, trends
    from callboard.history.failures import find_group

    found = find_group(database(), text)
    id = found.fingerprint
    newest = newest_failures(database(), id, limit)
    values = group_values(found, trends(database(), [id])[id], shares(database(), [found])[id]) | {
        "trend_days": trends(database(), [id], DAY)[id],
        "failed_jobs": count_failed(database(), id),
        "newest": [asdict(failure) for failure in newest],
    }
    return values, newest


for further in (ls_command, show_command, *JOB_ACTS, *ACTS):
    errors_command.add_command(further)
