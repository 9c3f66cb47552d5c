"""Tokens over the API, as the history itself would have told them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from callboard.history.tokens import Token
from callboard.jobs.clock import from_ms, to_ms
from cli.api import Api
from cli.remote_jobs import moment


def tokens(api: Api) -> list[Token]:
    """All tokens, the newest first. Raises Refused, ConnectionLost."""
    return [token_of(row) for row in api.get("/tokens")["tokens"]]


def create(api: Api, name: str, role: str, expires_ms: int | None) -> tuple[Token, str]:
    """A new token and its text. Raises Refused."""
    ends = from_ms(expires_ms)
    body = {"name": name, "role": role} | ({"expires_at": ends.isoformat()} if ends else {})
    return _made(api.send("POST", "/tokens", json=body)[1])


def revoke(api: Api, id: str) -> None:
    """End a token. Raises Refused."""
    api.send("DELETE", f"/tokens/{quote(id, safe='')}")


def rotate(api: Api, id: str) -> tuple[Token, str]:
    """End a token and make another in its place. Raises Refused."""
    return _made(api.send("POST", f"/tokens/{quote(id, safe='')}/rotation")[1])


def _made(row: dict[str, Any]) -> tuple[Token, str]:
    return token_of(row), str(row["token"])


def token_of(row: dict[str, Any]) -> Token:
    """A token."""
    at = {name: moment(row[f"{name}_at"]) for name in ("created", "expires", "revoked", "used")}
    ms: dict[str, Any] = {f"{name}_ms": to_ms(time) if time else None for name, time in at.items()}
    return Token(row["id"], row["name"], row["role"], created_by=row["created_by"], **ms)
