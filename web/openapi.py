"""The description of the API, made from its code: OpenAPI 3.1, every refusal a problem of RFC 9457."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any, Final

from flask import Flask

from web.rules import PUBLIC, role_for

EXTENSION: Final = "flask-smorest"
VERBS: Final = ("get", "put", "post", "patch", "delete")
OUR_WORDS: Final = ("UNPROCESSABLE_ENTITY", "DEFAULT_ERROR")
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A problem (RFC 9457), and the fields that clients of other systems look for.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "what went wrong, as one word"},
        "hint": {"type": "string", "description": "what may help"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "each field that does not fit, by its path",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "success": {"const": False},
        "error": {"type": "string"},
        "message": {"type": "string"},
    },
}
ANY: Final = {
    "400": "the request cannot be read",
    "401": "no token, or one that is none",
    "403": "the role is not enough, or a page of another site asks",
    "421": "the host is not one of ours",
    "429": "too many requests; `Retry-After` says when there is room",
    "503": "a store is away or full; `Retry-After` says when to ask again",
}
WITH_BODY: Final = {"413": "too large", "415": "application/json was expected"}
WITH_INPUT: Final = {"422": "what was sent does not fit: see errors"}
WITH_PATH: Final = {"404": "nothing is called so", "410": "it was there, and is not kept any more"}
ACTS: Final = {"409": "its state forbids it; `state` and `allowed` say what may be done now"}
SEEN: Final = {"412": "it has changed since it was read"}
ONLY: Final = {"501": "what this needs is not installed here"}


def document(app: Flask) -> dict[str, Any]:
    """The description of the API of an application."""
    found: dict[str, Any] = app.extensions.setdefault("callboard.openapi", {})
    if not found:
        found.update(_document(app))
    return found


def _document(app: Flask) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(json.dumps(app.extensions[EXTENSION]["apis"][""]["ext_obj"].spec.to_dict()))
    spec["info"]["description"] = "Background jobs of a research platform: enqueue, follow, steer, and look back."
    components = spec["components"]
    components["schemas"] = {name: schema for name, schema in components["schemas"].items() if name != "Error"}
    components["schemas"]["Problem"] = PROBLEM
    components["responses"] = {name: _problem(words) for name, words in _refusals().items()}
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    spec["security"] = [{"bearer": []}]
    for path, item in spec["paths"].items():
        for verb in VERBS:
            if verb in item:
                _complete(item[verb], verb, path)
    return spec


def _complete(operation: dict[str, Any], verb: str, path: str) -> None:
    """Say of an operation who may use it and how it refuses."""
    operation["operationId"] = f"{verb}_{path.removeprefix('/api/v1/').translate(PLAIN) or 'root'}"
    role = role_for(verb.upper(), path.replace("{", "<").replace("}", ">"))
    operation["description"] = f"Needs the role {role}." if role != PUBLIC else "Needs no token."
    if role == PUBLIC:
        operation["security"] = []
    good = {code: told for code, told in operation["responses"].items() if code.isdecimal() and int(code) < 400}
    refusals = {code: {"$ref": f"#/components/responses/Problem{code}"} for code in _codes(operation, verb, path)}
    operation["responses"] = dict(sorted((good | refusals).items()))


PLAIN: Final = str.maketrans({"/": "_", "{": "", "}": "", "-": "_", ".": "_"})


def _codes(operation: dict[str, Any], verb: str, path: str) -> list[str]:
    """The statuses with which an operation may refuse."""
    codes = [*ANY, *(WITH_BODY if "requestBody" in operation else ())]
    codes += WITH_INPUT if verb != "delete" else ()
    codes += WITH_PATH if "{" in path else ()
    codes += ACTS if verb != "get" or path.endswith("/result") else ()
    codes += SEEN if (verb, path) == ("patch", "/api/v1/jobs/{id}") else ()
    return codes + ([*ONLY] if path.endswith("/predictions") else [])


@cache
def _refusals() -> dict[str, str]:
    told = ANY | WITH_BODY | WITH_INPUT | WITH_PATH | ACTS | SEEN | ONLY
    return {f"Problem{code}": words for code, words in told.items()}


def _problem(words: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": words, "content": content}


if __name__ == "__main__":
    from web.app import create_app

    sys.stdout.write(json.dumps(document(create_app()), indent=2) + "\n")
