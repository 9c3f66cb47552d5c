"""`callboard alerts watch`: searches of which somebody is told when more jobs fit one than a number."""

from __future__ import annotations

from typing import Any

import click

from callboard.jobs.clock import from_ms
from cli.asking import confirm
from cli.by_hand import noting
from cli.output import Column, Out
from cli.schedule_change import who
from cli.server import database, remote, store
from cli.times import ago
from cli.words import Words, word

EXAMPLES = """
callboard alerts watch                                 which searches are watched
callboard alerts watch add "failed mails" state:failed type:email_send --above 50
callboard alerts watch set "failed mails" --above 100
callboard alerts watch rm "failed mails" --yes
"""
watch_command = Words("watch", default="ls", examples=EXAMPLES, help="Searches that are watched.")
watch_argument = click.argument("watch", metavar="NAME|ID")
COLUMNS = (
    Column("id", "Watch", wide=True),
    Column("name", "Name", fold=True),
    Column("query", "Search", fold=True),
    Column("count", "Now", right=True),
    Column("above", "Above", right=True),
    Column("enabled", "", show=lambda row: "on" if row["enabled"] else "off"),
    Column("counted_at", "Counted", show=lambda row: ago(row["counted_at"]) if row["counted_at"] else "not yet"),
    Column("created_by", "By", wide=True),
)


def watch_values(row: Any) -> dict[str, Any]:
    """A watched search as JSON values."""
    same = ("id", "name", "query", "above", "enabled", "count", "created_by")
    times = {"counted_at": from_ms(row.counted_ms), "created_at": from_ms(row.created_ms)}
    return {name: getattr(row, name) for name in same} | times


@word("ls", "callboard alerts watch ls --json | jq '.watches[] | select(.count > .above)'")
@click.pass_obj
def ls_command(out: Out) -> None:
    """List the searches that are watched, by name, with how many jobs fitted when last looked."""
    out.rows("watches", every(), COLUMNS, "no search is watched; `callboard alerts watch add NAME SEARCH --above N`")


def every() -> list[dict[str, Any]]:
    """All of them."""
    if far := remote():
        from cli.remote_alerts import watches as far_watches

        return far_watches(far.api)
    from callboard.history.database import reading
    from research.notifications import watches

    with reading(database()) as session:
        return [watch_values(row) for row in watches.every(session)]


@word(
    "add",
    'callboard alerts watch add "failed mails" state:failed type:email_send --above 50\n'
    'callboard alerts watch add "slow PDFs" "type:extract_pdf run:>10m" --above 0',
)
@click.argument("name")
@click.argument("query", nargs=-1, required=True)
@click.option("--above", metavar="N", type=click.IntRange(0, 1_000_000_000), required=True, help="Tell when more fit.")
@click.pass_obj
def add_command(out: Out, name: str, query: tuple[str, ...], above: int) -> None:
    """Tell administrators, by the channels of the rule `view`, when more than N jobs fit a search."""
    row = added(name, " ".join(query), above)
    out.page(row, lambda: out.say(f"{name} is watched: more than {above:,} jobs that fit {row['query']}"))


def added(name: str, query: str, above: int) -> dict[str, Any]:
    """A new one. Raises BadQuery, NameTaken, TooManyWatches."""
    if not name.strip() or name != name.strip() or len(name) > 100:
        raise click.UsageError("NAME must have 1 to 100 characters, the first and the last of them no space")
    if far := remote():
        from cli.remote_alerts import watch as far_watch

        return far_watch(far.api, name, query, above)
    from research.notifications import watches

    with noting("alert.watch", name, query=query, above=above) as session:
        return watch_values(watches.create(session, name, query, above, store().now_ms(), by=who()))


@word(
    "set",
    'callboard alerts watch set "failed mails" --above 100\n'
    'callboard alerts watch set "failed mails" --query "state:failed queue:mail"\n'
    'callboard alerts watch set "failed mails" --off',
)
@watch_argument
@click.option("--name", help="Another name.")
@click.option("--query", metavar="SEARCH", help="Another search.")
@click.option("--above", metavar="N", type=click.IntRange(0, 1_000_000_000), help="Another number.")
@click.option("--on/--off", "enabled", default=None, help="Watch, or do not.")
@click.pass_obj
def set_command(out: Out, watch: str, **given: Any) -> None:
    """Change a watched search; what is not named stays as it is."""
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("say what to change: --name, --query, --above, --on or --off")
    row = changed(id_of(watch), changes)
    out.page(row, lambda: out.say(f"{row['name']} is {'on' if row['enabled'] else 'off'}: above {row['above']:,}"))


def changed(id: str, changes: dict[str, Any]) -> dict[str, Any]:
    """One after it was changed. Raises WatchMissing, BadQuery, NameTaken."""
    if far := remote():
        from cli.remote_alerts import change_watch as far_change

        return far_change(far.api, id, changes)
    from research.notifications import watches

    with noting("alert.watch", id, **changes) as session:
        return watch_values(watches.change(session, id, **changes))


@word("rm", 'callboard alerts watch rm "failed mails" --yes')
@watch_argument
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rm_command(out: Out, watch: str, yes: bool) -> None:
    """Watch a search no more."""
    id = id_of(watch)
    confirm(f"Watch {watch} no more", yes)
    remove(id)
    out.page({"id": id, "removed": True}, lambda: out.say(f"{watch} is watched no more"))


def remove(id: str) -> None:
    """Forget one. Raises WatchMissing."""
    if far := remote():
        from cli.remote_alerts import unwatch as far_unwatch

        far_unwatch(far.api, id)
        return
    from research.notifications import watches

    with noting("alert.unwatch", id) as session:
        watches.remove(session, id)


def id_of(text: str) -> str:
    """The id of the watch of this name; what is no name is taken for an id."""
    return next((str(row["id"]) for row in every() if row["name"] == text), text)


for further in (ls_command, add_command, set_command, rm_command):
    watch_command.add_command(further)
