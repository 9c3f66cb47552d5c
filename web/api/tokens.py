"""Tokens of the API, and the list of what people did."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from flask import g
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates

from callboard.history.audit import audit_lines
from callboard.history.tokens import ROLES, Token, create_token, revoke_token, tokens
from callboard.jobs.clock import from_ms, to_ms
from web.audit import noted
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("tokens", __name__, url_prefix="/api/v1", description="Tokens and audit")
TIMES: Final = ("created", "expires", "revoked", "used")
MOST: Final = 200


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


class AuditQuery(Schema):
    """Which lines."""

    who = fields.String(validate=validate.Length(1, 200))
    verb = fields.String(validate=validate.Length(1, 64))
    subject = fields.String(validate=validate.Length(1, 200), metadata={"description": "has this in it"})
    before = fields.Integer(validate=validate.Range(1, 2**62), metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=50, metadata={"description": f"at most so many, {MOST} at the most"})


class AuditOut(Schema):
    """An act by hand."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    who = fields.String()
    verb = fields.String()
    subject = fields.String()
    count = fields.Integer()
    origin = fields.String(allow_none=True, metadata={"description": "address, or the command line"})
    request_id = fields.String(allow_none=True)
    detail = fields.String(allow_none=True, metadata={"description": "JSON"})


class AuditPage(Schema):
    """Acts by hand, the newest first."""

    audit = fields.List(fields.Nested(AuditOut))
    next = fields.Integer(allow_none=True)


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


@blueprint.route("/audit")
class Audit(MethodView):
    """What people did."""

    @blueprint.arguments(AuditQuery, location="query")
    @blueprint.response(200, AuditPage)
    def get(self, asked: dict[str, Any]) -> Any:
        """Every act by hand: who, what, on how many, from where; the newest first."""
        limit = max(1, min(asked.pop("limit"), MOST))
        lines = audit_lines(here().engine, limit=limit, **asked)
        told = [asdict(line) | {"at": from_ms(line.at_ms)} for line in lines]
        return {"audit": told, "next": lines[-1].id if len(lines) == limit else None}


def values(token: Token) -> dict[str, Any]:
    """A token as JSON values."""
    return asdict(token) | {f"{name}_at": from_ms(getattr(token, f"{name}_ms")) for name in TIMES}
