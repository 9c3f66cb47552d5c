"""Tokens of the API: made once, kept as a hash, compared in constant time, expiring or revoked."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from callboard.history.access_models import TokenRow
from callboard.history.database import reading, writing
from callboard.jobs.normalise import storable

# Each role may do what the ones before it may.
ROLES: Final = ("viewer", "operator", "admin")
PREFIX: Final = "cbt"
TEXT: Final = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_([\w-]{{43}})\Z", re.ASCII)
SECRET_BYTES: Final = 32
USED_EVERY_MS: Final = 60_000
# What an unknown token is compared with, so that it takes as long as a known one.
NOBODY: Final = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret; times are milliseconds since 1970."""

    id: str
    name: str
    role: str
    created_ms: int
    created_by: str | None = None
    expires_ms: int | None = None
    revoked_ms: int | None = None
    used_ms: int | None = None

    def holds(self, now_ms: int) -> bool:
        """Whether it is neither revoked nor over."""
        return self.revoked_ms is None and (self.expires_ms is None or now_ms < self.expires_ms)


def create_token(
    session: Session, name: str, role: str, now_ms: int, *, expires_ms: int | None = None, by: str | None = None
) -> tuple[Token, str]:
    """A new token and its text, which can never be read again. Raises ValueError for an unknown role or no name."""
    if role not in ROLES:
        raise ValueError(f'role must be one of {", ".join(ROLES)}, got "{role}"')
    if not name.strip():
        raise ValueError("name must say whose token it is, got nothing")
    id, secret = secrets.token_hex(6), secrets.token_urlsafe(SECRET_BYTES)
    row = TokenRow(
        id=id,
        name=storable(name.strip())[:200],
        role=role,
        secret_hash=_hash(secret),
        created_ms=now_ms,
        created_by=by,
        expires_ms=expires_ms,
    )
    session.add(row)
    return _token(row), f"{PREFIX}_{id}_{secret}"


def find_token(engine: Engine, text: str, now_ms: int) -> Token | None:
    """The token of this text if it holds; None for whatever else somebody sends."""
    match = TEXT.match(text)
    if match is None:
        return None
    with reading(engine) as session:
        row = session.get(TokenRow, match[1])
        same = hmac.compare_digest(row.secret_hash if row else NOBODY, _hash(match[2]))
        token = _token(row) if row and same else None
    return token if token and token.holds(now_ms) else None


def token_by_id(engine: Engine, id: str, now_ms: int) -> Token | None:
    """The token of an id that we have given to somebody who had shown it, if it holds."""
    with reading(engine) as session:
        row = session.get(TokenRow, id)
        token = _token(row) if row else None
    return token if token and token.holds(now_ms) else None


def note_use(engine: Engine, token: Token, now_ms: int) -> None:
    """Keep when a token was last used, to the minute, so that reads of the API are not writes of the database."""
    if token.used_ms is None or now_ms - token.used_ms >= USED_EVERY_MS:
        with writing(engine) as session:
            session.execute(update(TokenRow).where(TokenRow.id == token.id).values(used_ms=now_ms))


def tokens(engine: Engine) -> list[Token]:
    """All tokens, the newest first."""
    with reading(engine) as session:
        rows = session.scalars(select(TokenRow).order_by(TokenRow.created_ms.desc(), TokenRow.id))
        return [_token(row) for row in rows]


def revoke_token(session: Session, id: str, now_ms: int) -> bool:
    """End a token; False where there is none that holds."""
    held = update(TokenRow).where(TokenRow.id == id, TokenRow.revoked_ms.is_(None))
    done: Any = session.execute(held.values(revoked_ms=now_ms))
    return bool(done.rowcount)


def rotate_token(session: Session, id: str, now_ms: int, *, by: str | None = None) -> tuple[Token, str] | None:
    """End a token and make another with its name, role and end; None where there is none that holds."""
    row = session.get(TokenRow, id)
    if row is None or not _token(row).holds(now_ms):
        return None
    revoke_token(session, id, now_ms)
    return create_token(session, row.name, row.role, now_ms, expires_ms=row.expires_ms, by=by)


def _hash(secret: str) -> str:
    # A random secret of 256 bits needs no slow hash: nobody can try them all.
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: TokenRow) -> Token:
    return Token(
        row.id, row.name, row.role, row.created_ms, row.created_by, row.expires_ms, row.revoked_ms, row.used_ms
    )
