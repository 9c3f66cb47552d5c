"""`callboard token`: who may use the API, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.clock import from_ms, wall_ms
from cli.asking import confirm
from cli.by_hand import noting
from cli.failures import NOT_FOUND, Stop
from cli.output import Column, Out
from cli.schedule_change import who
from cli.server import database, remote
from cli.times import Duration, ago
from cli.words import Words, word

if TYPE_CHECKING:
    from callboard.history.tokens import Token

EXAMPLES = """
callboard token create "Ann's notebook" --role operator --expires 90d
callboard token                                    who has one
callboard token rotate 3f2a9c0d1e4b
callboard token revoke 3f2a9c0d1e4b
"""
SHOWN_ONCE = "shown once: keep it where only its owner can read it"
token_command = Words("token", default="ls", examples=EXAMPLES, help="Tokens of the API: who may do what.")
COLUMNS = (
    Column("id", "Token"),
    Column("name", "Name", fold=True),
    Column("role", "Role"),
    Column("used_at", "Used", show=lambda row: ago(row["used_at"]) if row["used_at"] else "never", right=True),
    Column("holds", "Holds", show=lambda row: "yes" if row["holds"] else "no"),
)


@word("ls", "callboard token ls --json | jq '.tokens[] | select(.role == \"admin\").name'")
@click.pass_obj
def ls_command(out: Out) -> None:
    """List all tokens; their secrets are kept nowhere."""
    out.rows("tokens", list(map(token_values, every())), COLUMNS, "no tokens; `callboard token create NAME` makes one")


def every() -> list[Token]:
    """All tokens, the newest first."""
    if far := remote():
        from cli.remote_tokens import tokens as far_tokens

        return far_tokens(far.api)
    from callboard.history.tokens import tokens

    return tokens(database())


@word("create", "callboard token create robot --role viewer\ncallboard token create ann --role admin --expires 8h")
@click.argument("name")
@click.option("--role", type=click.Choice(["viewer", "operator", "admin"]), default="operator", show_default=True)
@click.option("--expires", type=Duration(), metavar="LENGTH", help="It ends after so long: 8h, 90d.")
@click.pass_obj
def create_command(out: Out, name: str, role: str, expires: float | None) -> None:
    """Make a token for NAME and print it; it can never be read again.

    A viewer may look, an operator may act on jobs and queues, an admin may do everything.
    """
    token, text = created(name, role, None if expires is None else wall_ms() + round(expires * 1000))
    out.page(token_values(token) | {"token": text}, lambda: out.line(text))
    out.say(SHOWN_ONCE)


def created(name: str, role: str, expires_ms: int | None) -> tuple[Token, str]:
    """A new token and its text. Raises UsageError for no name."""
    if far := remote():
        from cli.remote_tokens import create as far_create

        return far_create(far.api, name, role, expires_ms)
    from callboard.history.audit import note_act
    from callboard.history.database import writing
    from callboard.history.tokens import create_token

    now_ms = wall_ms()
    try:
        with writing(database()) as session:
            token, text = create_token(session, name, role, now_ms, expires_ms=expires_ms)
            note_act(session, now_ms, who(), "token.create", token.id, origin="command line", detail={"role": role})
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return token, text


@word("revoke", "callboard token revoke 3f2a9c0d1e4b --yes")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def revoke_command(out: Out, id: str, yes: bool) -> None:
    """End the token with this id; what uses it is refused from now on."""
    confirm(f"End the token {id}", yes)
    revoke(id)
    out.page({"id": id, "revoked": True}, lambda: out.line(f"{id} revoked"))


def revoke(id: str) -> None:
    """End a token. Raises Stop."""
    if far := remote():
        from cli.remote_tokens import revoke as far_revoke

        far_revoke(far.api, id)
        return
    from callboard.history.tokens import revoke_token

    with noting("token.revoke", id) as session:
        if not revoke_token(session, id, wall_ms()):
            raise missing(id)


def missing(id: str) -> Stop:
    """That there is no such token."""
    return Stop(NOT_FOUND, f"no token {id} holds; `callboard token` lists all")


@word("rotate", "callboard token rotate 3f2a9c0d1e4b")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rotate_command(out: Out, id: str, yes: bool) -> None:
    """End the token with this id and print another with its name, role and end; it can never be read again."""
    confirm(f"End the token {id} and make another in its place", yes)
    token, text = rotated(id)
    out.page(token_values(token) | {"token": text}, lambda: out.line(text))
    out.say(SHOWN_ONCE)


def rotated(id: str) -> tuple[Token, str]:
    """The token in place of another, and its text. Raises Stop."""
    if far := remote():
        from cli.remote_tokens import rotate as far_rotate

        return far_rotate(far.api, id)
    from callboard.history.tokens import rotate_token

    with noting("token.rotate", id) as session:
        if (found := rotate_token(session, id, wall_ms())) is None:
            raise missing(id)
    return found


def token_values(token: Token) -> dict[str, Any]:
    """A token as one row."""
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "holds": token.holds(wall_ms()),
        "created_at": from_ms(token.created_ms),
        "expires_at": from_ms(token.expires_ms),
        "revoked_at": from_ms(token.revoked_ms),
        "used_at": from_ms(token.used_ms),
    }


for command in (ls_command, create_command, rotate_command, revoke_command):
    token_command.add_command(command)
