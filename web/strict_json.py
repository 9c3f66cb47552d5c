"""Reading JSON from strangers: bounded in depth and numbers, every name once, all text real text."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

DEEPEST: Final = 64
LARGEST: Final = 2**63 - 1
DIGITS: Final = 20
# Strings are taken out whole, so that brackets inside them are not counted.
BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


class BadJson(Exception):
    """Raised when a body is no JSON that we take; `pointer` is the JSON pointer of what is wrong, where it is known."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


def loads(body: bytes) -> Any:
    """The value of a body. Raises BadJson."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson(f"the body must be UTF-8, byte {error.start} is not") from None
    if (depth := _depth(text)) > DEEPEST:
        raise BadJson(f"at most {DEEPEST} levels of nesting are taken, got {depth}")
    try:
        value = json.loads(
            text, parse_constant=_no_constant, parse_int=_whole, parse_float=_finite, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        raise BadJson(
            f"the body must be JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}"
        ) from None
    _require_text(value, "")
    return value


def _depth(text: str) -> int:
    """How deep the brackets go."""
    deepest = depth = 0
    for found in BRACKETS.finditer(text):
        first = found[0][0]
        if first != '"':
            depth += 1 if first in "[{" else -1
            deepest = max(deepest, depth)
    return deepest


def _no_constant(name: str) -> NoReturn:
    raise BadJson(f"a number must be finite, got {name}")


def _whole(digits: str) -> int:
    # Long before it is converted: that takes ever longer, and Python refuses it in the end with an error of its own.
    if len(digits) > DIGITS or abs(int(digits)) > LARGEST:
        raise BadJson(f"a whole number must fit into 64 bits, got one of {len(digits.lstrip('-'))} digits")
    return int(digits)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadJson(f"a number must be finite, got {text[:40]}")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadJson(f"the name {twice[:80]!r} stands twice in one object")
    return values


def _require_text(value: Any, pointer: str) -> None:
    """Refuse text that no database can keep: half characters and NUL."""
    if isinstance(value, str):
        if "\x00" in value or not _encodable(value):
            raise BadJson("text must be Unicode without NUL and half characters", pointer)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _require_text(name, pointer)
            _require_text(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            _require_text(inner, f"{pointer}/{n}")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
