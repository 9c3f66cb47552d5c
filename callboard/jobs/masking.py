"""Secrets are masked here and nowhere else: logs, errors and whatever else is shown pass through `mask`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from callboard.jobs.variables import HIDDEN

if TYPE_CHECKING:
    from callboard.jobs.settings_table import Settings

SHORTEST: Final = 6
# What is called so is a secret, whatever it looks like.
NAMED: Final = re.compile(r"password|passwd|secret|token|api_?key", re.IGNORECASE)
Mask = Callable[[str], str]

# What a secret looks like wherever it comes from: logins in URLs, bearer tokens, keys of providers.
UNMISTAKABLE: Final = (
    (re.compile(r"(\w+://)[^\s/@:]*:[^\s/@]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(sk|pk|rk|ghp|gho|xoxb|xoxp|cbt)[-_][\w-]{8,}"), HIDDEN),
)
SHAPES: Final = (
    *UNMISTAKABLE,
    (
        re.compile(
            r"\b(password|passwd|secret|token|api_?key)(['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&)}]{4,}", re.IGNORECASE
        ),
        rf"\1\2{HIDDEN}",
    ),
)

# Texts that hold something secret, to see what is left of them.
EXAMPLES: Final = (
    "postgresql://lab:correct-horse@db.lab.example/papers",
    "Authorization: Bearer 3Zk9qLw2Vt7Rm1Xc",
    "refused with key sk-example-of-a-key",
    'login failed: {"user": "ann", "password": "tulips-and-rain"}',
)


def masker(settings: Settings) -> Mask:
    """The function that hides the secrets of these settings, and all that looks like one, in a text."""
    from callboard.jobs.settings_table import table

    values: list[str] = [
        str(_value(settings, name)) for name, row in table().items() if row.secret and _value(settings, name)
    ]
    known = [re.escape(value) for value in sorted(values, key=len, reverse=True) if len(value) >= SHORTEST]
    own = re.compile("|".join(known)) if known else None

    def mask(text: str) -> str:
        shown = own.sub(HIDDEN, text) if own else text
        for shape, instead in SHAPES:
            shown = shape.sub(instead, shown)
        return shown

    return mask


def hide(value: Any) -> Any:
    """A value without what is called a password, token or key in it, or is one beyond doubt."""
    if isinstance(value, str):
        for shape, instead in UNMISTAKABLE:
            value = shape.sub(instead, value)
        return value
    if isinstance(value, dict):
        return {name: HIDDEN if NAMED.search(name) and inner else hide(inner) for name, inner in value.items()}
    return [hide(inner) for inner in value] if isinstance(value, list) else value


def unhidden(value: Any, own: Any) -> Any:
    """What somebody sends back of `own`, which was shown with its secrets hidden: what is hidden yet is as it was."""
    if isinstance(value, dict) and isinstance(own, dict):
        known = {name: (own[name], inner) for name, inner in hide(own).items()}
        return {
            name: known[name][0]
            if name in known and _is_hidden(inner, *known[name])
            else unhidden(inner, own.get(name))
            for name, inner in value.items()
        }
    if isinstance(value, list) and isinstance(own, list) and len(value) == len(own):
        return [unhidden(inner, before) for inner, before in zip(value, own, strict=True)]
    return own if _is_hidden(value, own, hide(own)) else value


def _is_hidden(value: Any, own: Any, shown: Any) -> bool:
    return bool(shown != own and value == shown)


def _value(settings: Settings, name: str) -> Any:
    return getattr(settings, name)
