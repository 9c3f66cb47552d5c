"""The front door: links to everything, the description of the API, and a page that lists it without any other host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import current_app, render_template
from flask.views import MethodView
from marshmallow import Schema, fields

from callboard import __version__
from web.openapi import VERBS, document
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("root", __name__, url_prefix="/api/v1", description="The front door")
PREFIX = "/api/v1/"


class Links(Schema):
    """Where things are."""

    name = fields.String()
    version = fields.String()
    links = fields.Dict(keys=fields.String(), values=fields.String())


@blueprint.route("/")
class Root(MethodView):
    """The front door."""

    @blueprint.response(200, Links)
    def get(self) -> Any:
        """Where everything is."""
        paths = [path for path, item in document(current_app)["paths"].items() if "get" in item and "{" not in path]
        links = {path.removeprefix(PREFIX) or "self": path for path in paths}
        return {"name": "Callboard", "version": __version__, "links": links}


@blueprint.route("/openapi.json")
class OpenApi(MethodView):
    """The description."""

    @blueprint.response(200, {"type": "object"})
    def get(self) -> Any:
        """This description: OpenAPI 3.1."""
        return current_app.json.response(document(current_app))


@blueprint.route("/docs")
class Docs(MethodView):
    """The description as a page."""

    @blueprint.response(200, {"type": "string"}, content_type="text/html")
    def get(self) -> Any:
        """The operations of the API as a page that needs no other host."""
        found = document(current_app)
        page = render_template(
            "api_docs.html", version=__version__, groups=groups(found), schemas=found["components"]["schemas"]
        )
        return current_app.response_class(page, mimetype="text/html")


def groups(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations by what they are about, in the order of the description."""
    operations = list(operations_of(found))
    return [
        {
            "name": tag["name"],
            "about": tag["description"],
            "operations": [op for op in operations if tag["name"] in op["tags"]],
        }
        for tag in found["tags"]
    ]


def operations_of(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each operation with its method, path, parameters, and the names of what it takes and answers."""
    for path, item in found["paths"].items():
        for verb in VERBS:
            if verb not in item:
                continue
            operation = item[verb]
            parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
            good = {code: schema_name(told) for code, told in operation["responses"].items() if int(code) < 400}
            taken = schema_name(operation.get("requestBody", {}))
            bad = [code for code in operation["responses"] if int(code) >= 400]
            more = {"parameters": parameters, "good": good, "bad": bad, "takes": taken}
            yield operation | more | {"method": verb.upper(), "path": path}


def schema_name(holder: dict[str, Any]) -> str:
    """The name of the schema of a body, nothing where it has none."""
    for body in holder.get("content", {}).values():
        return str(body.get("schema", {}).get("$ref", "")).rpartition("/")[2]
    return ""
