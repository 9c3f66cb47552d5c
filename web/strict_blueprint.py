"""Blueprints that read JSON strictly and refuse what they do not know, in the query too: a misspelt name is told."""

from __future__ import annotations

from typing import Any

from flask import Request
from flask_smorest import Blueprint
from marshmallow import RAISE, missing
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict


class StrictParser(FlaskParser):
    """Reads arguments and refuses unknown ones wherever they stand."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": RAISE, "form": RAISE}

    def _raw_load_json(self, req: Request) -> Any:
        """The body by the strict reader of the request, where webargs would take Python's own. Raises Problem."""
        return req.get_json() if req.get_data(cache=True) else missing

    def load_querystring(self, req: Request, schema: Any) -> Any:
        """The query without `vocab`, which every route takes; see `web.vocabulary`."""
        args = MultiDict((name, value) for name, value in req.args.items(multi=True) if name != "vocab")
        return self._makeproxy(args, schema)


class StrictBlueprint(Blueprint):
    """A blueprint of the API."""

    ARGUMENTS_PARSER = StrictParser()
