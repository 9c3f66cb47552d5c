"""Where the output goes: data to standard output, words to standard error; tables on a terminal, lines when piped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a listing: the key of the value, its title, and how it is shown to people."""

    key: str
    title: str
    show: Callable[[Row], str] | None = None
    style: Callable[[Row], str] | None = None
    right: bool = False
    wide: bool = False  # only where the terminal has more than 100 columns
    fold: bool = False  # may be cut when the terminal is narrow


@dataclass(frozen=True, slots=True)
class Out:
    """How this command was asked to talk."""

    json: bool = False
    ndjson: bool = False
    quiet: bool = False
    verbose: int = 0
    color: bool | None = None

    @property
    def machine(self) -> bool:
        """Whether JSON was asked for."""
        return self.json or self.ndjson

    @property
    def terminal(self) -> bool:
        """Whether standard output is looked at by a person."""
        return not self.machine and (sys.stdout.isatty() or self.color is True)

    def say(self, words: str) -> None:
        """Words for the person at the keyboard, unless they asked for quiet."""
        if not self.quiet:
            print(words, file=sys.stderr, flush=True)

    def warn(self, words: str) -> None:
        """Words that are worth saying even when quiet."""
        print(words, file=sys.stderr, flush=True)

    def detail(self, words: str) -> None:
        """Words for those who asked for more of them."""
        if self.verbose:
            print(words, file=sys.stderr, flush=True)

    def line(self, text: str) -> None:
        """A line of data."""
        print(text, flush=True)

    def value(self, value: Any) -> None:
        """A value as JSON: on one line where others follow it, laid out where it stands alone."""
        print(as_json(value, indent=self.json), flush=True)

    def page(self, values: Row, show: Callable[[], None]) -> None:
        """One thing: its values as a JSON object, or the page that `show` prints."""
        if self.machine:
            self.value(values)
        else:
            show()

    def rows(self, name: str, rows: Iterable[Row], columns: Sequence[Column], empty: str = "", **totals: Any) -> None:
        """Many things of a kind: `{"<name>": [...]}`, an object a line, a table, or a line each with tabs between."""
        if self.json:
            self.value({name: list(rows), **totals})
        elif self.ndjson:
            for row in rows:
                self.value(row)
        elif self.terminal:
            self._table(list(rows), columns, empty)
        else:
            for row in rows:
                self.line("\t".join(plain(row.get(column.key)) for column in columns))

    def _table(self, rows: list[Row], columns: Sequence[Column], empty: str) -> None:
        if not rows:
            self.say(empty)
            return
        from cli.terminal import console, table

        console(self).print(table(rows, columns, console(self).width))


@dataclass(slots=True)
class Tally:
    """How an order to many went: what each was answered, and the exit code that the whole amounts to."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def note(self, id: str, result: str, code: int) -> None:
        """Note one answer."""
        self.answers.append({"id": id, "result": result, "ok": code == 0})
        self.codes.append(code)

    @property
    def code(self) -> int:
        """0 when all went well, the one reason when all failed for it, else `some of many failed`."""
        different = set(self.codes)
        return 0 if not different else different.pop() if len(different) == 1 else 8


def as_json(value: Any, indent: bool = False) -> str:
    """A value as JSON; times as ISO 8601 in UTC with `Z`, milliseconds kept."""
    options = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indent else 0)
    return orjson.dumps(value, default=str, option=options).decode()


def plain(value: Any) -> str:
    """A value in one field of a line: no tab, no line end; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else as_json(value).strip('"') if not isinstance(value, int) else str(value)
    return text.replace("\t", " ").replace("\r", " ").replace("\n", " ")
