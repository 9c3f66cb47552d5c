"""Requests as the documents print them: curl commands, `fetch` calls, and request lines, read from their text."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

COMMAND = re.compile(r"^curl (?:.|\n(?=\s|\}))*", re.MULTILINE)
FETCH = re.compile(r"fetch\(\s*(['`])(?P<url>.+?)\1\s*(?:,\s*(?P<options>\{.*?\}))?\s*\)", re.DOTALL)
LINE = re.compile(r"^(GET|POST|DELETE) (/\S+)(?:\n(\{\n.*?^\}))?", re.MULTILINE | re.DOTALL)
ALONE = re.compile(r"([{,]\s*)(\w+)(?=\s*[,}])")
NAME = re.compile(r"([{,]\s*)(\w+)\s*:")
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Printed:
    """One request; `body` is None where it has none."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None


def curls(text: str) -> list[Printed]:
    """The curl commands of a block for a shell."""
    return [_curl(command) for command in COMMAND.findall(text.replace("\\\n", " "))]


def _curl(command: str) -> Printed:
    words = iter(shlex.split(command)[1:])
    given = {"-X": "GET", "-H": ": ", "-d": None, "url": ""}
    for word in words:
        given["url" if word not in given else word] = word if word not in given else next(words)
    name, _, value = str(given["-H"]).partition(": ")
    parts = urlsplit(str(given["url"]))
    path = f"{parts.path}?{parts.query}".rstrip("?")
    return Printed(str(given["-X"]), path, {name: value} if name else {}, given["-d"])


def lines(text: str, **chosen: str) -> list[Printed]:
    """Request lines with or without a body; of `"a" | "b"` the value that is chosen for its name."""
    for name, value in chosen.items():
        text = re.sub(rf'("{name}": )"\w+"(?: \| "\w+")+', rf'\1"{value}"', text)
    return [Printed(method, path, JSON if body else {}, body or None) for method, path, body in LINE.findall(text)]


def fetches(script: str, **variables: Any) -> list[Printed]:
    """The `fetch` calls of a piece of JavaScript, with the values of its variables put in."""
    found = FETCH.finditer(re.sub(r"(?<!:)//.*$", "", script, flags=re.MULTILINE))
    return [_fetch(match["url"], match["options"] or "", variables) for match in found]


def _fetch(url: str, options: str, known: Mapping[str, Any]) -> Printed:
    url = re.sub(r"\$\{(\w+)\}", lambda name: str(known[name[1]]), url)
    method = re.search(r"method: '(\w+)'", options)
    headers = dict(re.findall(r"'([\w-]+)': '([^']+)'", options))
    sent = re.search(r"JSON\.stringify\((\{.*\})", options, re.DOTALL)
    return Printed(method[1] if method else "GET", url, headers, _literal(sent[1], known) if sent else None)


def _literal(text: str, known: Mapping[str, Any]) -> str:
    """An object of JavaScript as JSON: bare names, single quotes, a name alone for its value, commas at the end."""
    text = ALONE.sub(lambda name: f"{name[1]}{name[2]}: {json.dumps(known[name[2]])}", text)
    text = NAME.sub(r'\1"\2":', text).replace("'", '"')
    text = re.sub(r",(\s*[}\]])", r"\1", text)
    json.loads(text)
    return text
