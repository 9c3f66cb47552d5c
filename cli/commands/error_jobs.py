"""`callboard errors retry` and `discard`: what is done to the failed jobs of a group."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from cli.asking import confirm
from cli.bulk import PerSecond, exit_code, in_words, values, watched
from cli.commands.act import counted
from cli.commands.error_acts import by_hand, find, group_argument
from cli.output import Column, Out
from cli.server import client, database, remote, store
from cli.words import Word, word

if TYPE_CHECKING:
    from callboard.history.bulk import BulkProgress
    from callboard.history.database import Session
    from callboard.history.failures import FailureGroup

# So many jobs are retried without a question.
UNASKED: Final = 100

limit_option = click.option("--limit", metavar="N", type=click.IntRange(1), help="The oldest so many.")
rate_option = click.option("--rate", metavar="N/s", type=PerSecond(), help="So many a second at most.")
dry_option = click.option("--dry-run", is_flag=True, help="Only say which jobs it would be.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


@word("retry", "callboard errors retry 3f9a --limit 10\ncallboard errors retry 3f9a --rate 50/s --yes")
@group_argument
@limit_option
@rate_option
@dry_option
@yes_option
@click.pass_obj
def retry_command(out: Out, *, group: str, limit: int | None, rate: float | None, dry_run: bool, yes: bool) -> int:
    """Run the failed jobs of a group again. Those that Redis has forgotten too; Ctrl-C stops it cleanly."""
    found = find(group)
    total = number_of(found, limit)
    if dry_run:
        return only_say(out, found, total, "retried")
    confirm(f"Retry {counted(total)}", yes or total <= UNASKED)
    progress = watched(out, lambda stopped: retried(found.fingerprint, total, rate, stopped), "retried", total)
    if not remote():
        by_hand("retry", found.fingerprint, lambda *_: None, progress.done)
    report(out, found, progress, "retried")
    return exit_code(progress)


def retried(fingerprint: str, total: int, rate: float | None, stopped: threading.Event) -> Iterator[BulkProgress]:
    """Run so many failed jobs of a group again, the oldest first; how far that is."""
    if far := remote():
        from cli.remote_errors import retried as retried_there

        return retried_there(far.api, fingerprint, max(1, total), rate, stopped)
    from callboard.history.bulk import RETRY, act_of, run_bulk
    from callboard.history.failed_jobs import failed_ids
    from callboard.history.forgotten import restore_of
    from callboard.jobs.identity import new_id

    request = new_id()
    act, restore = act_of(client(), RETRY, request), restore_of(database(), client(), request)
    ids = failed_ids(database(), fingerprint)
    return run_bulk(RETRY, ids, act, limit=total, rate_per_s=rate, stopped=stopped, restore=restore)


@word("discard", "callboard errors discard 3f9a\ncallboard errors discard 3f9a --dry-run")
@group_argument
@dry_option
@yes_option
@click.pass_obj
def discard_command(out: Out, group: str, dry_run: bool, yes: bool) -> int:
    """Forget the failed jobs of a group. The group is resolved; what the history knows of its jobs stays."""
    from callboard.history.bulk import REMOVE, act_of, run_bulk
    from callboard.history.failed_jobs import failed_ids
    from callboard.history.failure_decisions import note_discarded

    found = find(group)
    total, begun_ms = number_of(found, None), store().now_ms()
    if dry_run:
        return only_say(out, found, total, "discarded")
    confirm(f"Discard {counted(total)}", yes or not total)

    def run(stopped: threading.Event) -> Iterator[BulkProgress]:
        return run_bulk(
            REMOVE, failed_ids(database(), found.fingerprint), act_of(client(), REMOVE, ""), stopped=stopped
        )

    progress = watched(out, run, "discarded", total)

    def note(session: Session, fingerprint: str, now_ms: int) -> None:
        if not progress.stopped:
            note_discarded(session, fingerprint, begun_ms, now_ms)

    by_hand("discard", found.fingerprint, note, progress.done)
    report(out, found, progress, "discarded")
    return exit_code(replace(progress, forgotten=0))


def number_of(group: FailureGroup, limit: int | None) -> int:
    """How many jobs of a group stay failed, the limit at most."""
    if far := remote():
        from cli.remote_errors import whole

        number = int(whole(far.api, group.fingerprint)[0]["failed_jobs"])
    else:
        from callboard.history.failed_jobs import count_failed

        number = count_failed(database(), group.fingerprint)
    return number if limit is None else min(number, limit)


def only_say(out: Out, group: FailureGroup, total: int, past: str) -> int:
    """Print which jobs would be meant."""
    from itertools import chain, islice

    if far := remote():
        rows = far.rows(f"fingerprint:{group.fingerprint} state:failed", total)
        ids = islice((row["id"] for row in rows), total)
    else:
        from callboard.history.failed_jobs import failed_ids

        ids = islice(chain.from_iterable(failed_ids(database(), group.fingerprint)), total)
    out.rows("jobs", ({"id": id} for id in ids), [Column("id", "Job")])
    out.say(f"{counted(total)} would be {past}")
    return 0


def report(out: Out, group: FailureGroup, progress: BulkProgress, past: str) -> None:
    """Print how it went."""
    words = ("stopped: " if progress.stopped else "") + in_words(progress, past)
    out.page({"fingerprint": group.fingerprint, **values(progress)}, lambda: out.say(words))


JOB_ACTS: Final[tuple[Word, ...]] = (retry_command, discard_command)
