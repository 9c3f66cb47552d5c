"""The pages of `callboard top` as they are drawn: a title, rows, and a line of keys, never more than the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.text import Text

from cli.commands.queues import COLUMNS as QUEUE_COLUMNS
from cli.job_values import JOB_COLUMNS
from cli.output import Column, Row
from cli.terminal import safe, table
from cli.top_view import HOME, JOB, LIST, LOG, View

if TYPE_CHECKING:
    from rich.console import RenderableType

# Title, a line below it, the words, the keys.
AROUND: Final = 4
KEYS: Final = {
    HOME: "j/k move  enter jobs  / search  p pause or resume  q quit",
    LIST: "j/k move  enter job  l log  / search  r retry  c cancel  p pause  esc  q quit",
    JOB: "j/k move  enter log  r retry  c cancel  p pause queue  esc back  q quit",
    LOG: "j/k move  g/G begin, end  esc back  q quit",
}
WHOLE: Final = 78
FEW: Final = ("chosen", "id", "type", "state", "name", "waiting", "active", "failed")
MARK: Final = Column("chosen", "", show=lambda row: "›" if row.get("chosen") else " ")


def page(view: View, seen: Row, width: int, height: int) -> RenderableType:
    """A whole page of so many characters and lines."""
    room = max(1, height - AROUND)
    shown, used = body(view, seen["rows"], width, room)
    title = Text(safe(seen["title"]), style="bold", no_wrap=True, overflow="ellipsis")
    keys = Text(KEYS[view.page], style="bright_black", no_wrap=True, overflow="ellipsis")
    return Group(title, Text(), *shown, *(Text() for _ in range(room - used)), words(view, seen), keys)


def body(view: View, rows: Sequence[Row], width: int, room: int) -> tuple[list[RenderableType], int]:
    """The rows of a page that fit, the chosen one among them, and how many lines they take."""
    if view.page in (JOB, LOG):
        _, part = window(rows, view.cursor, room)
        return [line(row) for row in part], len(part)
    if not rows:
        return [Text("nothing here", style="bright_black")], 1
    columns = [MARK, *(QUEUE_COLUMNS if view.page == HOME else JOB_COLUMNS)]
    if width < WHOLE:
        columns = [column for column in columns if column.key in FEW]
    first, part = window(rows, view.cursor, room - 1)
    marked = [dict(row) | {"chosen": first + number == view.cursor} for number, row in enumerate(part)]
    return [table(marked, columns, width)], len(part) + 1


def window(rows: Sequence[Row], cursor: int, room: int) -> tuple[int, Sequence[Row]]:
    """The number of the first row that is shown, and the rows from there on."""
    room = max(1, room)
    first = max(0, min(cursor - room // 2, len(rows) - room))
    return first, rows[first : first + room]


def line(row: Row) -> Text:
    """A line of text in its colour."""
    text = safe(str(row["text"])).replace("\n", " ").replace("\t", " ")
    return Text(text, style=row.get("style", ""), no_wrap=True, overflow="ellipsis")


def words(view: View, seen: Row) -> Text:
    """What is typed, asked or said."""
    if view.typed is not None:
        return Text(f"/{view.typed}▏", no_wrap=True, overflow="ellipsis")
    if view.asked:
        return Text(f"{view.asked.verb} {view.asked.subject}? y/n", style="yellow", no_wrap=True)
    return Text(safe(view.words or seen.get("words", "")), style="yellow", no_wrap=True, overflow="ellipsis")
