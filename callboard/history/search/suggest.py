"""What may be meant by a search that is being typed: keys, values of a key, paths of arguments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from callboard.history.search.grammar import LONGEST
from callboard.history.search.keys import KEYS
from callboard.history.search.sample import Sample, sample
from callboard.history.search.values import QUOTED, STATE_GROUPS, unquoted
from callboard.history.search.writing import write_text
from callboard.jobs.errors import ERROR_CLASSES
from callboard.jobs.policy import PRIORITIES
from callboard.jobs.states import MEANINGS, REASONS

MOST: Final = 12
# One after the other: terms, and what stands between them; a quotation mark may be open at the end.
PIECES: Final = re.compile(rf'(?:{QUOTED}|[^\s()"]|"(?:[^"\\]|\\.)*\\?\Z)+|[\s()]+', re.DOTALL)
# Its key, the values before the last comma, and what is typed of the next one.
TERM: Final = re.compile(
    rf'([A-Za-z_][\w-]*(?:\.(?:{QUOTED}|[^\s:,()".]+))*:)((?:(?:{QUOTED}|[^,"])*,)*)(.*)', re.DOTALL
)
FIXED: Final = {
    "state": {**MEANINGS, **{name: ", ".join(states) for name, states in STATE_GROUPS.items()}},
    "error_class": ERROR_CLASSES,
    "reason": REASONS,
    "priority": {word: f"{number} of 1 to 100" for word, number in PRIORITIES.items()},
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term, the whole search with it in place of what was being typed, and what it means."""

    term: str
    text: str
    means: str


def suggest(engine: Engine, text: str) -> list[Suggestion]:
    """What the term at the end of a text may become, at most twelve, the likeliest first."""
    if len(text) > LONGEST:
        return []
    pieces = PIECES.findall(text)
    last = pieces[-1] if pieces else " "
    typed = "" if last[0].isspace() or last[0] in "()" else last.removeprefix("-")
    before = text.removesuffix(typed)
    term = TERM.fullmatch(typed)
    found = _values(engine, term[1], term[2], term[3]) if term else _beginnings(engine, typed)
    several = dict(found)
    return [Suggestion(shown, before + shown, means) for shown, means in list(several.items())[:MOST]]


def _values(engine: Engine, key: str, earlier: str, typed: str) -> Iterator[tuple[str, str]]:
    """Values of a key that begin with what is typed, then those that have it inside."""
    name = key[:-1].lower() if "." not in key else key[:-1]
    name = "error_class" if name == "error-class" else name
    known = FIXED.get(name) or dict.fromkeys(value for value, _ in _counted(sample(engine), name).most_common())
    for value in _fitting(known, unquoted(typed) if typed.count('"') != 1 else typed.strip('"')):
        yield f"{key}{earlier}{write_text(value)}", known[value] or ""
    if not known and name in KEYS and not typed:
        yield KEYS[name].example, KEYS[name].means


def _beginnings(engine: Engine, typed: str) -> Iterator[tuple[str, str]]:
    """Keys and paths that begin so, then types, queues and tags that are called so."""
    seen, lower = sample(engine), typed.lower()
    if "." in typed:
        for path in _fitting(seen.paths(), typed):
            yield f"{path}:", f"seen: {', '.join(value for value, _ in seen.values[path].most_common(3))}"
        return
    for key in KEYS.values():
        if key.name.startswith(lower):
            yield f"{key.name}{'.' if key.kind == 'path' else ':'}", key.means
    for name in ("type", "queue", "tag") if typed else ():
        for value in _fitting(_counted(seen, name), typed):
            yield f"{name}:{write_text(value)}", KEYS[name].means


def _counted(seen: Sample, name: str) -> Counter[str]:
    return seen.values.get(name, Counter())


def _fitting(values: Iterable[str], typed: str) -> list[str]:
    """Those that begin with a text, then those that have it inside; `-` and `_` are one."""
    wanted = _plain(typed)
    having = [value for value in values if wanted in _plain(value)]
    return sorted(having, key=lambda value: not _plain(value).startswith(wanted))


def _plain(text: str) -> str:
    return text.casefold().replace("-", "_")
