"""token: who may use the API, and as what; and the token of whoever runs everything on this machine."""

from pathlib import Path

import pytest

from callboard.history.audit import audit_lines
from callboard.history.database import writing
from callboard.history.schema import HISTORY
from callboard.history.tokens import find_token, revoke_token
from callboard.jobs.clock import wall_ms
from callboard.jobs.settings import load_settings
from cli import server
from cli.own_token import own_token
from tests.cli.conftest import Command


@pytest.fixture(autouse=True)
def tables(callboard: Command) -> None:
    """The tables of the history."""
    HISTORY.upgrade(load_settings().sql_url)


def test_a_token_is_made_shown_once_and_listed_without_its_secret(callboard: Command) -> None:
    made = callboard("token", "create", "Ann's notebook", "--role", "viewer", "--expires", "90d")
    text = made.out.strip()
    token = find_token(server.database(), text, wall_ms())
    assert token
    assert (token.name, token.role) == ("Ann's notebook", "viewer")
    assert "shown once" in made.err
    listed = callboard("token", "--json")
    (row,) = listed.json()["tokens"]
    assert (row["id"], row["role"], row["holds"]) == (token.id, "viewer", True)
    assert text not in listed.out + callboard("token", "ls").out


def test_a_token_ends_when_it_is_revoked_and_both_acts_are_written_down(callboard: Command) -> None:
    made = callboard("token", "create", "robot", "--json").json()
    assert callboard("token", "revoke", made["id"]).code == 2
    assert callboard("token", "revoke", made["id"], "--yes").code == 0
    assert find_token(server.database(), made["token"], wall_ms()) is None
    assert callboard("token", "revoke", made["id"], "--yes").code == 3
    assert [(line.verb, line.subject) for line in audit_lines(server.database())] == [
        ("token.revoke", made["id"]),
        ("token.create", made["id"]),
    ]


def test_a_token_is_rotated_into_one_with_its_name_and_role(callboard: Command) -> None:
    made = callboard("token", "create", "robot", "--role", "viewer", "--json").json()
    rotated = callboard("token", "rotate", made["id"], "--yes")
    assert "shown once" in rotated.err
    assert find_token(server.database(), made["token"], wall_ms()) is None
    token = find_token(server.database(), rotated.out.strip(), wall_ms())
    assert token
    assert (token.name, token.role) == ("robot", "viewer")
    assert callboard("token", "rotate", made["id"], "--yes").code == 3
    assert audit_lines(server.database())[0].verb == "token.rotate"


def test_a_token_needs_a_name_and_a_role_there_is(callboard: Command) -> None:
    assert callboard("token", "create", " ").code == 2
    assert "viewer" in callboard("token", "create", "x", "--role", "root").err


def test_the_token_of_this_machine_is_kept_for_its_owner_alone_and_made_anew_once_it_is_revoked(
    callboard: Command, tmp_path: Path
) -> None:
    first = own_token(tmp_path, server.database())
    assert own_token(tmp_path, server.database()) == first
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    with writing(server.database()) as session:
        revoke_token(session, first.split("_")[1], wall_ms())
    second = own_token(tmp_path, server.database())
    assert second != first
    assert find_token(server.database(), second, wall_ms())
