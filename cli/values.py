"""Arguments as they are typed: `key=value`, JSON where it is JSON, else text."""

from __future__ import annotations

import sys
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

import click
import orjson


def parse_value(text: str) -> Any:
    """`5`, `true`, `null`, `[1, 2]`, `{"a": 1}` and `"text"` as JSON; anything else is the text itself."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def parse_pairs(words: Sequence[str], texts: Container[str] = ()) -> dict[str, Any]:
    """The arguments of `key=value` words; those named in `texts` are text even where they look like a number.

    Raises UsageError for a word without `=` and for a key given twice.
    """
    values: dict[str, Any] = {}
    for pair in words:
        key, equals, raw = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"expected key=value, got {pair!r}")
        if key in values:
            raise click.UsageError(f"argument {key} is given twice")
        value = parse_value(raw)
        values[key] = raw if key in texts and not isinstance(value, str | type(None)) else value
    return values


def read_values(source: str | None) -> dict[str, Any]:
    """The arguments of a JSON file, `-` for standard input. Raises UsageError unless it holds one object."""
    if source is None:
        return {}
    name = "standard input" if source == "-" else source
    try:
        values = orjson.loads(sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes())
    except orjson.JSONDecodeError as error:
        raise click.UsageError(f"expected one JSON object in {name}, got {error}") from None
    if not isinstance(values, dict):
        raise click.UsageError(f"expected one JSON object in {name}, got {type(values).__name__}")
    return values
