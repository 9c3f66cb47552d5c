"""What only a terminal sees: tables, colours, widths; the one place that imports rich for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.output import Column, Out, Row, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDE: Final = 110
GAP: Final = 2
NARROWEST: Final = 6
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
    """Rows as a calm table without a frame; only columns that may fold are cut where the terminal is narrow."""
    chosen = [column for column in columns if not column.wide or width >= WIDE]
    cells = [[shown(row, column) for column in chosen] for row in rows]
    widths = [
        max(len(text) for text in (column.title, *texts))
        for column, texts in zip(chosen, zip(*cells, strict=True), strict=True)
    ]
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black")
    for column, size in zip(chosen, fitted(chosen, widths, width), strict=True):
        justify: Any = "right" if column.right else "left"
        grid.add_column(column.title, justify=justify, no_wrap=True, overflow="ellipsis", width=size)
    for row, texts in zip(rows, cells, strict=True):
        styles = [column.style(row) if column.style else "" for column in chosen]
        grid.add_row(*(Text(text, style=style) for text, style in zip(texts, styles, strict=True)))
    return grid


def fitted(columns: Sequence[Column], widths: Sequence[int], room: int) -> list[int]:
    """The widths of columns in a terminal of so many characters: what is too much is taken from those that fold."""
    sizes = list(widths)
    excess = sum(sizes) + GAP * (len(sizes) - 1) - room
    while excess > 0:
        widest = max(
            (i for i, c in enumerate(columns) if c.fold and sizes[i] > NARROWEST), key=sizes.__getitem__, default=None
        )
        if widest is None:
            return sizes
        sizes[widest] -= 1
        excess -= 1
    return sizes


def shown(row: Row, column: Column) -> str:
    """The text of a cell."""
    return safe(column.show(row) if column.show else plain(row.get(column.key)))


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
