"""Saved views: searches with a name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from flask import g, url_for
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.history.database import reading
from callboard.history.views import change_view, create_view, get_view, list_views, remove_view
from web.api.job_list import LONGEST_QUERY
from web.audit import noted
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("views", __name__, url_prefix="/api/v1/views", description="Saved views")
NAME: Final = validate.And(
    validate.Length(1, 100), validate.Regexp(r"\S(.*\S)?\Z", error="begins or ends with a space")
)
COLUMN: Final = validate.Length(1, 64)


class ViewChange(Schema):
    """What is to change of a view; what is left out stays."""

    name = fields.String(validate=NAME)
    query = fields.String(validate=validate.Length(max=LONGEST_QUERY), metadata={"example": "state:failed age:<1d"})
    columns = fields.List(fields.String(validate=COLUMN), allow_none=True, validate=validate.Length(max=40))

    @validates_schema
    def something(self, data: dict[str, Any], **_: Any) -> None:
        """A change changes something."""
        if not data:
            raise ValidationError("give name, query or columns", "name")


class NewView(ViewChange):
    """A search with a name."""

    name = fields.String(required=True, validate=NAME)
    query = fields.String(required=True, validate=validate.Length(max=LONGEST_QUERY))


class ViewOut(Schema):
    """A saved view."""

    id = fields.String()
    name = fields.String()
    query = fields.String()
    columns = fields.List(fields.String(), allow_none=True)
    created_by = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class ViewList(Schema):
    """All saved views by name."""

    views = fields.List(fields.Nested(ViewOut))


@blueprint.route("")
class Views(MethodView):
    """All saved views."""

    @blueprint.response(200, ViewList)
    def get(self) -> Any:
        """All saved views by name."""
        with reading(here().engine) as session:
            return {"views": [asdict(view) for view in list_views(session)]}

    @blueprint.arguments(NewView)
    @blueprint.response(201, ViewOut)
    def post(self, given: dict[str, Any]) -> Any:
        """Save a search under a name, for everybody."""
        with noted("view.create", given["name"]) as session:
            view = create_view(session, now_ms=here().now_ms(), by=g.caller.name, **given)
        return asdict(view), 201, {"Location": url_for("views.OneView", id=view.id)}


@blueprint.route("/<id>")
class OneView(MethodView):
    """One saved view."""

    @blueprint.response(200, ViewOut)
    def get(self, id: str) -> Any:
        """A saved view."""
        with reading(here().engine) as session:
            return asdict(get_view(session, id))

    @blueprint.arguments(ViewChange)
    @blueprint.response(200, ViewOut)
    def patch(self, given: dict[str, Any], id: str) -> Any:
        """Give it another name, search or columns."""
        with noted("view.change", id) as session:
            return asdict(change_view(session, id, **given))

    @blueprint.response(204)
    def delete(self, id: str) -> None:
        """Forget it."""
        with noted("view.remove", id) as session:
            remove_view(session, id)
