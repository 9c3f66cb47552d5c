"""The terms of a job: what its tags, arguments, meta data and unique key can be found by, one short hash each.

A term is a path with a value, such as `args.paper_id` with `123`. Case does not matter in values; 5, 5.0 and "5" are
one; an entry of a list counts for the path of the list. The first 100 values of a job have terms, down to eight levels
deep, texts of more than a thousand characters have none.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from callboard.jobs.encoding import NotJson, decode

MOST: Final = 100
MOST_CONTAINERS: Final = 1_000
DEEPEST: Final = 8
LONGEST: Final = 1_000
# Between the parts of a path; JSON texts have it only escaped, and few keys do.
SEPARATOR: Final = "\x1f"
PLACES: Final = (("tags", "tag"), ("kwargs", "args"), ("meta", "meta"), ("args", "args"))
WORDS: Final = {None: "null", True: "true", False: "false"}


def terms_of(row: Mapping[str, Any]) -> list[str]:
    """The terms of a row of `background_jobs`, each once; what is not JSON has none."""
    key = row.get("unique_key")
    found = [term_of("key", key)] if key else []
    for column, path in PLACES:
        if (text := row.get(column)) and len(found) < MOST:
            found += _values(path, text, MOST - len(found))
    return list(dict.fromkeys(found))


def terms_of_text(path: str, text: str) -> set[str]:
    """The terms that a job has one of, if one of its values at this path is what the text says."""
    return {term_of(path, text), *(term_of(path, number) for number in _as_number(text))}


def path_of(key: str, parts: tuple[str, ...] = ()) -> str:
    """The path of a key of the grammar: `tag`, `key`, or `args` and `meta` with what leads into them."""
    return SEPARATOR.join((key, *parts))


@lru_cache(maxsize=16_384, typed=True)
def term_of(path: str, value: str | float | bool | None) -> str:
    """The hash of a path with a plain value, twelve hexadecimal digits.

    Among a hundred million different terms, a term is that of another one too by a chance of 4e-7.
    """
    return hashlib.blake2b(f"{path}{SEPARATOR}{SEPARATOR}{_form(value)}".encode(), digest_size=6).hexdigest()


def _values(path: str, text: str, most: int) -> list[str]:
    """The terms of the plain values inside a JSON text, at most so many; those further out come first."""
    try:
        whole = decode(text, path)
    except NotJson:
        return []
    return [term_of(place, value) for place, value in islice(_plain(path, whole), most)]


def _plain(path: str, whole: Any) -> Iterator[tuple[str, Any]]:
    """The plain values inside a value with their paths."""
    # A list that grows while it is gone through and no recursion: this runs for every job that is recorded.
    ahead = [(path, whole, 0)]
    for place, value, depth in ahead:
        for name, inner in _entries(place, value):
            there = place if name is None else f"{place}{SEPARATOR}{name}"
            if not isinstance(inner, dict | list):
                if not isinstance(inner, str) or len(inner) <= LONGEST:
                    yield there, inner
            elif depth < DEEPEST and len(ahead) < MOST_CONTAINERS:
                ahead.append((there, inner, depth + 1))


def _entries(path: str, value: Any) -> Iterable[tuple[object, Any]]:
    """What an object or a list holds, or a plain value alone; positions count among the arguments of the call only."""
    if isinstance(value, dict):
        return value.items()
    if not isinstance(value, list):
        return ((None, value),)
    return enumerate(value) if path == "args" else [(None, inner) for inner in value]


def _form(value: str | float | bool | None) -> str:
    """A plain value as it is compared."""
    if isinstance(value, str):
        return value.casefold()
    if value is None or value is True or value is False:
        return WORDS[value]
    whole = abs(value) < 1e15 and value == int(value)
    return str(int(value)) if whole else repr(value)


def _as_number(text: str) -> Iterator[float]:
    """The text as the number that it is written like, if any."""
    try:
        value = float(text)
    except ValueError:
        return
    if math.isfinite(value):
        yield value
