"""The text of a search as the filters of a page change it: one term at a time, the rest as it was written."""

from __future__ import annotations

import re
from typing import Final

from callboard.history.search.writing import write_text

QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
TOKEN: Final = re.compile(rf'(?:{QUOTED}|[^\s()"])+|[()]', re.DOTALL)


def term(text: str, key: str) -> str:
    """The values of the one term of a key that stands by itself in a search; empty where there is none."""
    found = [match[0] for match in _terms(text, key)]
    return found[0].partition(":")[2] if len(found) == 1 and not has_choice(text) else ""


def with_term(text: str, key: str, value: str) -> str:
    """The same search with one value of a key, and no other; with an empty value without the key."""
    if has_choice(text):
        rest = f"({text.strip()})"
    else:
        rest = text
        for match in reversed(_terms(text, key)):
            rest = rest[: match.start()] + rest[match.end() :]
        rest = re.sub(rf"({QUOTED})|\s+", lambda match: match[1] or " ", rest).strip()
    return f"{rest} {key}:{write_text(value)}".strip() if value else rest if not has_choice(text) else text


def has_choice(text: str) -> bool:
    """Whether there is an `OR` outside of all parentheses, so that a further term would belong to its last part."""
    return any(match[0] == "OR" for match in _outside(text))


def _terms(text: str, key: str) -> list[re.Match[str]]:
    return [match for match in _outside(text) if match[0].lower().startswith(f"{key}:")]


def _outside(text: str) -> list[re.Match[str]]:
    """The words of a search that stand in no parentheses."""
    depth, found = 0, []
    for match in TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0 and match[0] not in "()":
            found.append(match)
    return found
