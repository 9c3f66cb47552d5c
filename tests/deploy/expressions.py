"""The metrics and labels that an expression of Prometheus names, read by its tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[A-Za-z_:][A-Za-z0-9_:]*|\$?\w+|\S')
GROUPING = ("by", "without", "on", "ignoring", "group_left", "group_right")
# What Prometheus adds itself, or the scrape configuration of a site.
OF_THE_SITE = {"instance", "job", "pod", "environment"}


def tokens(expression: str) -> list[str]:
    """The tokens of an expression; a window in brackets is one."""
    return TOKEN.findall(re.sub(r"\[[^\]]*\]", "", expression))


def metrics(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric of ours or of our recording rules that is named, with the labels that it is picked by."""
    found = tokens(expression)
    for place, token in enumerate(found):
        if token.startswith(("callboard_", "callboard:")):
            yield token, set(_matched(found[place + 1 :]))


def _matched(rest: list[str]) -> Iterator[str]:
    if rest[:1] != ["{"]:
        return
    for place, token in enumerate(rest):
        if token == "}":
            return
        if rest[place + 1 : place + 2] and rest[place + 1] in ("=", "!") and re.fullmatch(r"[a-z_]+", token):
            yield token


def grouped(expression: str) -> set[str]:
    """The labels by which is summed, joined or told apart."""
    found = tokens(expression)
    named: set[str] = set()
    for place, token in enumerate(found):
        if token in GROUPING and found[place + 1 : place + 2] == ["("]:
            end = found.index(")", place)
            named |= {word for word in found[place + 2 : end] if word != ","}
    return named


def unknown(expression: str, labels: dict[str, set[str]]) -> set[str]:
    """What an expression names that does not exist: metrics, and labels that none of its metrics has."""
    wrong, known = set(), set(OF_THE_SITE) | {"le"}
    for name, picked in metrics(expression):
        if name not in labels:
            wrong.add(name)
            continue
        known |= labels[name]
        wrong |= {f"{name}{{{label}}}" for label in picked - labels[name] - OF_THE_SITE}
    return wrong | (grouped(expression) - known)
