"""`callboard top`: queues, jobs and logs on the terminal, with keys to walk and to act."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from cli.failures import USAGE, Stop
from cli.output import Out
from cli.signals import sigterm_interrupts
from cli.times import Duration
from cli.words import word

if TYPE_CHECKING:
    from cli.top_view import View

EXAMPLES = """
callboard top                                 queues; enter shows their jobs
callboard top 'state:failed age:<1d'          the jobs of a search
callboard top --every 5s                      over a slow line
CALLBOARD_URL=https://jobs.example.org callboard top
"""
NARROWEST: Final = (40, 8)


@word("top", EXAMPLES)
@click.argument("query", nargs=-1)
@click.option("--every", type=Duration(), default="1s", show_default=True, help="How often to look.")
@click.pass_obj
def top_command(out: Out, query: tuple[str, ...], every: float) -> None:
    """Walk through queues, jobs and logs. Keys: j/k, enter, / to search, r retry, c cancel, p pause, esc back, q."""
    if out.machine or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Stop(USAGE, "callboard top needs a terminal; `callboard watch` tells the same to programs")
    from cli.query import parse_query
    from cli.top_view import HOME, LIST, View

    parse_query(query)  # what is no search is said before the terminal is taken
    home = View(HOME)
    begin = View(LIST, query=" ".join(query), before=home) if query else home
    with sigterm_interrupts():
        walk(out, begin, every)


def walk(out: Out, view: View, every: float) -> None:
    """Draw, wait for a key, and so on until `q`; however it ends, the terminal is left as it was."""
    from rich.live import Live

    from cli.keyboard import keys
    from cli.terminal import console
    from cli.top_view import press

    screen = console(out)
    with keys() as next_key, Live(console=screen, auto_refresh=False, screen=True) as live:
        seen, looked_at = read(view), time.monotonic()
        while not view.over:
            view = replace(view, cursor=max(0, min(view.cursor, len(seen["rows"]) - 1)))
            live.update(drawn(view, seen, *screen.size), refresh=True)
            key = next_key(max(0.0, looked_at + every - time.monotonic()))
            before = view
            if key:
                pressed = press(view, key, seen["rows"])
                view = replace(pressed.view, words=done(pressed.act)) if pressed.act else pressed.view
                if pressed.act is None and (view.page, view.query, view.id) == (before.page, before.query, before.id):
                    continue
            seen, looked_at = read(view), time.monotonic()


def drawn(view: View, seen: dict[str, Any], width: int, height: int) -> Any:
    """The page for a terminal of this size."""
    from cli.top_page import page

    if width < NARROWEST[0] or height < NARROWEST[1]:
        return f"at least {NARROWEST[0]}x{NARROWEST[1]}, please"
    return page(view, seen, width, height)


def read(view: View) -> dict[str, Any]:
    """What the page shows; where it cannot be had, why, in its last line but one."""
    from cli.top_look import look

    try:
        return look(view)
    except Exception as error:  # noqa: BLE001 - a server that is away comes back, and the walk goes on
        return {"title": "callboard", "rows": [], "words": said(error)}


def done(act: Any) -> str:
    """What to say of an act."""
    from cli.top_look import do

    try:
        return do(act)
    except Exception as error:  # noqa: BLE001 - as above
        return said(error)


def said(error: Exception) -> str:
    """An error in one line."""
    from cli.main import judge

    return judge(error)[0].partition("\n")[0]
