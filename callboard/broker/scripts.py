"""The Lua verbs as Python callables: includes resolved, names bound, counts checked when this is imported."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from callboard.broker.keys import KEYS
from callboard.jobs.change import TAGS_MOST

LUA: Final = Path(__file__).parent / "lua"
HEADER_FIELDS: Final = ("Guarantees", "Flags", "KEYS", "ARGV", "Returns", "Emits", "Includes")

# What a step of priority is worth in waiting time: the age at which `low` overtakes a fresh `normal`.
PRIORITY_STEP_MS: Final = 6 * 3600 * 1000
CONSTANTS: Final = {
    "PRIORITY_STEP_MS": PRIORITY_STEP_MS,
    "EVENTS_CAP": 1_000_000,
    "EVENTS_KEPT": 10_000,
    "TAGS_MOST": TAGS_MOST,
}


class BadScript(Exception):
    """Raised at import when a script and its header, or its caller, do not agree."""


@dataclass(frozen=True, slots=True)
class Header:
    """The contract at the top of a verb: a sentence, then one line per field."""

    summary: str
    fields: Mapping[str, str]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of ARGV; the last one ends in * when it stands for all that follow."""
        text = re.sub(r"\(.*?\)", "", self.fields.get("ARGV", ""))
        return tuple(name.strip() for name in text.split(",") if name.strip())

    @property
    def includes(self) -> tuple[str, ...]:
        """The helpers that the script names."""
        return tuple(name.strip() for name in self.fields.get("Includes", "").split(",") if name.strip())


def read_header(source: str) -> Header:
    """The header of a script: its leading comment lines."""
    summary, fields = [], {}
    for line in source.splitlines():
        if not line.startswith("--"):
            break
        text = line[2:].strip()
        name, _, rest = text.partition(":")
        if name in HEADER_FIELDS:
            fields[name] = rest.strip()
        else:
            summary.append(text)
    return Header(" ".join(summary), fields)


@cache
def helper(name: str) -> tuple[str, tuple[str, ...]]:
    """Source and includes of a helper in lua/lib."""
    path = LUA / "lib" / f"{name}.lua"
    if not path.exists():
        raise BadScript(f'helper "{name}" is unknown; helpers are files in {LUA.name}/lib')
    source = path.read_text()
    return source, read_header(source).includes


def ordered_helpers(names: tuple[str, ...], path: tuple[str, ...] = ()) -> list[str]:
    """Helpers in the order in which they must be defined. Raises BadScript when they include each other in a circle."""
    order: list[str] = []
    for name in names:
        if name in path:
            raise BadScript(f"helpers include each other in a circle: {' -> '.join((*path, name))}")
        for inner in [*ordered_helpers(helper(name)[1], (*path, name)), name]:
            if inner not in order:
                order.append(inner)
    return order


def compose(name: str, constants: Mapping[str, int], held_clock: bool = False) -> str:
    """The whole text of a verb as the server gets it: flags, constants, keys in use, helpers, bindings, body."""
    source = (LUA / f"{name}.lua").read_text()
    header = read_header(source)
    bodies = [HELD_NOW if h == "now" and held_clock else helper(h)[0] for h in ordered_helpers(header.includes)]
    body = "\n".join([*bodies, source])
    used = set(re.findall(r"\w+", body))
    flags = header.fields.get("Flags", "")
    lines = [f"#!lua flags={flags}" if flags else "#!lua", "local prefix = KEYS[1]"]
    lines += [f"local {key} = {value}" for key, value in constants.items() if key in used]
    lines += [key.lua() for key in KEYS if f"{key.name}_key" in used]
    lines += bodies
    for i, argument in enumerate(header.arguments, 1):
        lines.append(f"local {argument[:-1]} = {i}" if argument.endswith("*") else f"local {argument} = ARGV[{i}]")
    return "\n".join([*lines, source])


# Tests hold time still through a key; the text is in no script of a production client.
HELD_NOW: Final = """local function now()
  local held = redis.call('GET', clock_key())
  if held then return tonumber(held) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end"""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb, bound: its name and the names of its arguments, checked against its header."""

    name: str
    arguments: tuple[str, ...]


def bind(name: str, *arguments: str) -> Verb:
    """The verb of this name. Raises BadScript at import when the header names other arguments."""
    header = read_header((LUA / f"{name}.lua").read_text())
    if header.arguments != arguments:
        raise BadScript(f"{name}.lua takes {header.arguments}, its caller gives {arguments}")
    return Verb(name, arguments)


class Scripts:
    """The composed scripts of one client, with their digests."""

    def __init__(self, constants: Mapping[str, int] | None = None, held_clock: bool = False) -> None:
        values = {**CONSTANTS, **(constants or {})}
        names = sorted(path.stem for path in LUA.glob("*.lua"))
        self.held_clock = held_clock
        self.text = {name: compose(name, values, held_clock) for name in names}
        self.digest = {
            name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for name, text in self.text.items()
        }
        self.name_of = {digest: name for name, digest in self.digest.items()}
