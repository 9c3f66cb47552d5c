"""Where a repository lies: at an https address, in a folder the operator allows, or in a stored bundle."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from research.files import REFERENCE
from research.outbound.addresses import NONE_ALLOWED, Allowed
from research.outbound.targets import checked_target
from research.repositories.errors import RepositoryRefused

LOGIN = re.compile(r"//[^/@\s]*@")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a repository lies: `kind` is url, folder or bundle; `text` is its address, without any secret."""

    kind: str
    text: str
    name: str


def place_of(repository: str, folders: Sequence[Path] = (), allow: Allowed = NONE_ALLOWED) -> Place:
    """What the text means. Raises RepositoryRefused or OutboundRefused for what may not be read.

    Folders are those below which local repositories may lie; http is for hosts that the operator allows.
    """
    if REFERENCE.match(repository):
        return Place("bundle", repository, repository)
    if "://" in repository:
        return _url(repository, allow)
    if not repository.startswith(("/", "~")):
        raise RepositoryRefused(
            f"a repository is an https address, an absolute path or the reference of a stored bundle, got "
            f"{shown(repository)!r}; for a server that is asked by ssh, give its https address"
        )
    return _folder(repository, folders)


def shown(repository: str) -> str:
    """The text without a login in it, for messages."""
    return LOGIN.sub("//…@", repository)[:200]


def checked_url(text: str, allow: Allowed) -> str:
    """The URL if a Git server may be asked there. Raises RepositoryRefused, OutboundRefused."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https"):
        raise RepositoryRefused(f"a repository is read over https, got {parts.scheme[:20]}://")
    if "@" in parts.netloc:
        raise RepositoryRefused(
            "the address of a repository has no login, for that would be kept with the job; "
            "only repositories that are open to everybody can be read"
        )
    checked_target(text, allow)
    if parts.scheme == "http" and not _is_allowed(parts.hostname or "", allow):
        raise RepositoryRefused(
            f"a repository is read over https, got http://{parts.hostname}; CALLBOARD_OUTBOUND_ALLOW lifts that "
            "for the hosts that it names"
        )
    return text


def _url(text: str, allow: Allowed) -> Place:
    checked_url(text, allow)
    parts = urlsplit(text)
    if parts.query:
        raise RepositoryRefused("the address of a repository has no query, for a key in it would be kept with the job")
    return Place("url", text.rstrip("/"), parts.path.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git") or text)


def _is_allowed(host: str, allow: Allowed) -> bool:
    try:
        return allow.host(host) or allow.address(ip_address(host))
    except ValueError:
        return False


def _folder(text: str, folders: Sequence[Path]) -> Place:
    path = Path(text).expanduser().resolve()
    if not is_below(path, folders):
        raise RepositoryRefused(
            f"{text[:200]} may not be read: CALLBOARD_REPOSITORIES names the folders below which repositories are "
            + (f"read, which are {', '.join(map(str, folders))}" if folders else "read, and is not set")
        )
    return Place("folder", str(path), path.name.removesuffix(".git"))


def is_below(path: Path, folders: Sequence[Path]) -> bool:
    """Whether a path, its links followed, is one of the folders or lies below one."""
    resolved = path.resolve()
    return any(resolved.is_relative_to(folder.expanduser().resolve()) for folder in folders)
