"""Tokens of the API: made, rotated, ended."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from flask import g
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates

from callboard.history.tokens import ROLES, Token, create_token, revoke_token, rotate_token, tokens
from callboard.jobs.clock import from_ms, to_ms
from web.audit import noted
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("tokens", __name__, url_prefix="/api/v1", description="Tokens")
TIMES: Final = ("created", "expires", "revoked", "used")


class NewToken(Schema):
    """A token."""

    name = fields.String(
        required=True,
        validate=[validate.Length(1, 200), validate.Regexp(r".*\S", error="says nothing")],
        metadata={"description": "whose or what for"},
    )
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    expires_at = fields.AwareDateTime(allow_none=True, metadata={"description": "never if left out"})

    @validates("expires_at")
    def in_future(self, value: datetime | None, **_: Any) -> None:
        """A token that has expired is none."""
        if value and to_ms(value) <= here().now_ms():
            raise ValidationError("is over already")


class TokenOut(Schema):
    """A token without its secret."""

    id = fields.String()
    name = fields.String()
    role = fields.String()
    created_at = fields.AwareDateTime()
    created_by = fields.String(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True)
    revoked_at = fields.AwareDateTime(allow_none=True)
    used_at = fields.AwareDateTime(allow_none=True, metadata={"description": "to the minute"})


class MadeToken(TokenOut):
    """A new token."""

    token = fields.String(metadata={"description": "to be sent as `Authorization: Bearer ...`; shown only now"})


class TokenList(Schema):
    """All tokens, the newest first."""

    tokens = fields.List(fields.Nested(TokenOut))


@blueprint.route("/tokens")
class Tokens(MethodView):
    """All tokens."""

    @blueprint.response(200, TokenList)
    def get(self) -> Any:
        """All tokens, the newest first, without their secrets."""
        return {"tokens": [values(token) for token in tokens(here().engine)]}

    @blueprint.arguments(NewToken)
    @blueprint.response(201, MadeToken)
    def post(self, given: dict[str, Any]) -> Any:
        """Make a token; its text is shown here and never again."""
        until = given.get("expires_at")
        expires_ms = to_ms(until) if until else None
        with noted("token.create", given["name"], detail={"role": given["role"]}) as session:
            now_ms, by = here().now_ms(), g.caller.name
            made, text = create_token(session, given["name"], given["role"], now_ms, expires_ms=expires_ms, by=by)
        g.secret_answer = True
        return values(made) | {"token": text}, 201


@blueprint.route("/tokens/<id>")
class OneToken(MethodView):
    """One token."""

    @blueprint.response(204)
    def delete(self, id: str) -> None:
        """End a token; whoever uses it is nobody from now on."""
        with noted("token.revoke", id) as session:
            if not revoke_token(session, id, here().now_ms()):
                raise Problem(404, "not_found", f"no token that holds has the id {id[:100]}")


@blueprint.route("/tokens/<id>/rotation")
class Rotation(MethodView):
    """A token in place of another."""

    @blueprint.response(201, MadeToken)
    def post(self, id: str) -> Any:
        """Make a token with the name, role and end of another, which ends; its text is shown here and never again."""
        services = here()
        with noted("token.rotate", id) as session:
            found = rotate_token(session, id, services.now_ms(), by=g.caller.name)
            if found is None:
                raise Problem(404, "not_found", f"no token that holds has the id {id[:100]}")
        made, text = found
        g.secret_answer = True
        return values(made) | {"token": text}, 201


def values(token: Token) -> dict[str, Any]:
    """A token as JSON values."""
    return asdict(token) | {f"{name}_at": from_ms(getattr(token, f"{name}_ms")) for name in TIMES}
