"""One environment variable: how its text becomes a value, and how a value is shown again."""

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

UNITS = {"ms": timedelta(milliseconds=1), "s": timedelta(seconds=1), "m": timedelta(minutes=1)}
UNITS |= {"h": timedelta(hours=1), "d": timedelta(days=1)}
FLAGS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
HIDDEN = "********"


@dataclass(frozen=True)
class Kind:
    """What a variable's text must look like: `expects` completes the sentence "expected …"."""

    name: str
    expects: str
    parse: Callable[[str], Any]


@dataclass(frozen=True)
class Variable:
    """One row of the settings table: everything the parser, `config show` and the docs need to know."""

    name: str
    kind: Kind
    default: str
    about: str
    section: str
    secret: bool = False
    also: tuple[str, ...] = ()


def variable(
    section: str, name: str, kind: Kind, default: str, about: str, *, secret: bool = False, also: tuple[str, ...] = ()
) -> Any:
    """Declare a settings field read from `name` (or one of `also`); an empty default means none."""
    row = Variable(name, kind, default, about, section, secret, also)
    value = kind.parse(default) if default else None
    return dataclasses.field(default=value, metadata={"variable": row})


def text() -> Kind:
    """Any text, taken as it is."""
    return Kind("text", "text", str)


def names() -> Kind:
    """Names separated by commas, as a tuple."""
    return Kind(
        "names", "names separated by commas", lambda raw: tuple(part.strip() for part in raw.split(",") if part)
    )


def mailboxes() -> Kind:
    """Mail addresses separated by commas, as a tuple."""

    def parse(raw: str) -> tuple[str, ...]:
        found = tuple(part.strip() for part in raw.split(",") if part.strip())
        if not all(re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address) for address in found):
            raise ValueError(raw)
        return found

    return Kind("mail addresses", "mail addresses separated by commas", parse)


def targets() -> Kind:
    """Networks, addresses and host names separated by commas, as a tuple of texts."""

    def parse(raw: str) -> tuple[str, ...]:
        found = tuple(part.strip().lower() for part in raw.split(",") if part.strip())
        for part in found:
            if re.fullmatch(r"[0-9./]+|[0-9a-f:./]*:[0-9a-f:./]*", part):
                ip_network(part)
            elif not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", part):
                raise ValueError(raw)
        return found

    return Kind("targets", "networks such as 10.0.0.0/8 and host names separated by commas", parse)


def folder() -> Kind:
    """A path; `~` is the home directory."""
    return Kind("path", "a path", lambda raw: Path(raw).expanduser())


def whole(least: int, most: int) -> Kind:
    """A whole number within bounds, both included."""

    def parse(raw: str) -> int:
        # int() would also take "1_000" and digits of other scripts, which nobody means in a configuration file.
        if not re.fullmatch(r"-?[0-9]+", raw) or not least <= int(raw) <= most:
            raise ValueError(raw)
        return int(raw)

    return Kind("whole number", f"a whole number from {least} to {most}", parse)


def flag() -> Kind:
    """True or false, in the spellings people use."""
    return Kind("flag", "true or false", lambda raw: FLAGS[raw.lower()])


def choice(*words: str, **synonyms: str) -> Kind:
    """One of a few words; a synonym stands for the word it names."""
    meanings = {word: word for word in words} | synonyms
    return Kind("choice", "one of " + ", ".join(words), lambda raw: meanings[raw.lower()])


def duration(unit: str, least: timedelta, most: timedelta) -> Kind:
    """A length of time; a bare number counts `unit`, and `ms`, `s`, `m`, `h`, `d` may follow it."""

    def parse(raw: str) -> timedelta:
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) *(ms|s|m|h|d)?", raw)
        length = float(found[1]) * UNITS[found[2] or unit] if found else timedelta(-1)
        if not least <= length <= most:
            raise ValueError(raw)
        return length

    return Kind("duration", f"a duration from {as_text(least)} to {as_text(most)} (a bare number counts {unit})", parse)


def address(*schemes: str) -> Kind:
    """A URL with one of the schemes."""

    def parse(raw: str) -> str:
        parts = urlsplit(raw)
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise ValueError(raw)
        _ = parts.port  # refuses a port that is no number or out of range
        return raw

    return Kind("URL", "a URL that begins with " + " or ".join(f"{scheme}://" for scheme in schemes), parse)


def hosts(port: int) -> Kind:
    """`host:port` pairs separated by commas, as a tuple of pairs; the port may be left out."""

    def parse(raw: str) -> tuple[tuple[str, int], ...]:
        return tuple(host_and_port(part.strip()) for part in raw.split(","))

    def host_and_port(part: str) -> tuple[str, int]:
        split = urlsplit(f"//{part}")
        if not split.hostname:
            raise ValueError(part)
        return split.hostname, split.port or port

    return Kind("hosts", f"host:port pairs separated by commas (port {port} if left out)", parse)


def as_text(value: object) -> str:
    """Write a setting's value the way it could be set, with credentials inside URLs masked."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case timedelta():
            return _duration_text(value)
        case tuple():
            return ",".join(f"{item[0]}:{item[1]}" if isinstance(item, tuple) else str(item) for item in value)
        case _:
            return hide_credentials(str(value))


def hide_credentials(url: str) -> str:
    """Mask the login before the `@` of a URL, even of a misspelt one, and a password in its query."""
    before, _, after = url.rpartition("@")
    scheme = before[: before.find("://") + 3] if "://" in before else ""
    masked = f"{scheme}{HIDDEN}@{after}" if ":" in before else url
    return re.sub(r"(password=)[^&]*", rf"\1{HIDDEN}", masked, flags=re.IGNORECASE)


def _duration_text(length: timedelta) -> str:
    for unit in ("d", "h", "m", "s"):
        if length and length % UNITS[unit] == timedelta(0):
            return f"{length // UNITS[unit]}{unit}"
    return f"{length // UNITS['ms']}ms"
