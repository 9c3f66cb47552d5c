"""Links to stored files: signed, so that nobody can make one, and valid until a time that is part of them."""

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer

from research.exports.errors import LinkExpired, LinkForged
from research.files import FileStore, StoredFile

# Where the web server answers for them.
PATH: Final = "/api/v1/files/"
SALT: Final = "callboard.file-link"
SECRET_BYTES: Final = 32


def link_secret(home: Path) -> bytes:
    """The secret that signs the links of a home, made when it is first needed; nobody but its owner can read it.

    It lies beside the files, so whoever can serve them can check a link to them.
    """
    path = home / "link.key"
    if not path.exists():
        _make(path)
    return path.read_bytes()


def _make(path: Path) -> None:
    """Write a new secret; of two processes at once the first one's is kept, and never seen half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(secrets.token_bytes(SECRET_BYTES))
        if not path.exists():
            path.hardlink_to(own)
    except FileExistsError:
        pass
    finally:
        own.unlink(missing_ok=True)


def sign(secret: bytes, reference: str, until: datetime) -> str:
    """The token of a link to a stored file, good until a time."""
    return str(_serializer(secret).dumps([reference.removeprefix("file:"), int(until.timestamp())]))


def address(public_url: str | None, token: str) -> str:
    """The link itself; without a public address of the platform only its path."""
    return f"{(public_url or '').rstrip('/')}{PATH}{token}"


def reference_of(secret: bytes, token: str, now: datetime | None = None) -> str:
    """The reference that a token stands for. Raises LinkForged, LinkExpired."""
    try:
        found: Any = _serializer(secret).loads(token)
    except BadData:
        raise LinkForged("this link was not made here, or has been changed: ask for a new one") from None
    key, until = found
    if (now or datetime.now(UTC)).timestamp() >= until:
        over = datetime.fromtimestamp(until, UTC)
        raise LinkExpired(f"this link was good until {over:%Y-%m-%d %H:%M} UTC: ask for a new one")
    return f"file:{key}"


def open_link(token: str, *, secret: bytes, files: FileStore, now: datetime | None = None) -> StoredFile:
    """The stored file that a link leads to. Raises LinkForged, LinkExpired, and UnknownFile where it was deleted."""
    return files.describe(reference_of(secret, token, now))


def _serializer(secret: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=SALT)
