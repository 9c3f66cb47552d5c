"""Who the caller is."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields

from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("me", __name__, url_prefix="/api/v1/me", description="Who asks")


class Me(Schema):
    """The caller."""

    name = fields.String(metadata={"description": "name of the token"})
    role = fields.String(metadata={"description": "viewer, operator or admin"})
    by = fields.String(metadata={"description": "bearer, session or open"})


@blueprint.route("")
class MeView(MethodView):
    """The caller."""

    @blueprint.response(200, Me)
    def get(self) -> Any:
        """Who you are and what you may do."""
        return g.caller
