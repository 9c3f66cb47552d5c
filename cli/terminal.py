"""What only a terminal sees: tables, colours, widths; the one place that imports rich for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.output import Column, Out, Row, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDE: Final = 110
STATE_STYLES: Final = {
    "waiting": "blue",
    "delayed": "yellow",
    "blocked": "magenta",
    "active": "cyan",
    "completed": "green",
    "failed": "red",
    "cancelled": "bright_black",
}


@cache
def console(out: Out) -> Console:
    """The terminal of standard output."""
    return Console(highlight=False, no_color=_no_color(out), force_terminal=out.color)


@cache
def error_console(out: Out) -> Console:
    """The terminal of standard error."""
    return Console(stderr=True, highlight=False, no_color=_no_color(out))


def _no_color(out: Out) -> bool | None:
    return True if out.color is False else None


def safe(text: str) -> str:
    """A text without control characters: what a job says must not steer the terminal of who reads it."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def table(rows: Sequence[Row], columns: Sequence[Column], width: int) -> Table:
    """Rows as a calm table: titles dimmed, no frame."""
    chosen = [column for column in columns if not column.wide or width >= WIDE]
    grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", border_style="bright_black")
    for column in chosen:
        grid.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=8 if column.fold else None,
            ratio=None,
        )
    for row in rows:
        grid.add_row(*(_cell(row, column) for column in chosen))
    return grid


def _cell(row: Row, column: Column) -> Text:
    text = column.show(row) if column.show else plain(row.get(column.key))
    style = column.style(row) if column.style else ""
    return Text(safe(text), style=style, no_wrap=True, overflow="ellipsis")


def facts(pairs: Sequence[tuple[str, RenderableType | str | None]]) -> Table:
    """Names and values in two columns; pairs without a value are left out."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bright_black", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None and value != "":
            grid.add_row(name, Text(safe(value)) if isinstance(value, str) else value)
    return grid


def state_text(state: str) -> Text:
    """A state in its colour."""
    return Text(state, style=STATE_STYLES.get(state, ""))
