"""Tokens of the API."""

import pytest
from sqlalchemy import Engine, text

from callboard.history.database import writing
from callboard.history.tokens import create_token, find_token, note_use, revoke_token, tokens
from callboard.jobs.masking import masker
from callboard.jobs.settings import Settings

NOW = 1_800_000_000_000


def created(engine: Engine, role: str = "viewer", expires_ms: int | None = None) -> tuple[str, str]:
    with writing(engine) as session:
        token, secret = create_token(session, "Ann's laptop", role, NOW, expires_ms=expires_ms, by="admin")
    return token.id, secret


def test_a_token_is_known_by_its_text_and_kept_as_a_hash(database: Engine) -> None:
    id, secret = created(database, "operator")
    token = find_token(database, secret, NOW)
    assert token
    assert (token.id, token.name, token.role, token.created_by) == (id, "Ann's laptop", "operator", "admin")
    with database.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM api_tokens")).all())
    assert secret not in kept
    assert secret.rpartition(f"cbt_{id}_")[2] not in kept


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "a", lambda t: "x" + t, lambda t: t.upper()])
def test_a_text_that_differs_is_nobody(database: Engine, change: object) -> None:
    _, secret = created(database)
    assert callable(change)
    assert find_token(database, change(secret), NOW) is None


@pytest.mark.parametrize("sent", ["", "_", "cbt__", "cbt_é_x", "cbt_\x00_x", "cbt_" + "a" * 5_000, "\ud800"])
def test_whatever_somebody_sends_is_nobody(database: Engine, sent: str) -> None:
    created(database)
    assert find_token(database, sent, NOW) is None


def test_a_token_ends_by_its_time_or_by_hand(database: Engine) -> None:
    id, secret = created(database, expires_ms=NOW + 1_000)
    assert find_token(database, secret, NOW + 999)
    assert find_token(database, secret, NOW + 1_000) is None
    with writing(database) as session:
        assert revoke_token(session, id, NOW)
        assert not revoke_token(session, id, NOW)
        assert not revoke_token(session, "nobody", NOW)
    assert find_token(database, secret, NOW) is None


def test_its_last_use_is_known_to_the_minute(database: Engine) -> None:
    _, secret = created(database)
    for at in (NOW, NOW + 59_000, NOW + 60_000):
        token = find_token(database, secret, at)
        assert token
        note_use(database, token, at)
        (listed,) = tokens(database)
        assert listed.used_ms == (NOW if at < NOW + 60_000 else at)


def test_a_role_that_there_is_not_and_a_nameless_token_are_refused(database: Engine) -> None:
    for name, role, said in (("a", "root", "role must be one of viewer, operator, admin"), (" ", "admin", "whose")):
        with writing(database) as session, pytest.raises(ValueError, match=said):
            create_token(session, name, role, NOW)
    assert tokens(database) == []


def test_a_token_is_masked_wherever_it_is_shown(database: Engine) -> None:
    _, secret = created(database)
    assert secret[-20:] not in masker(Settings())(f"GET /x?token={secret} and {secret}")
