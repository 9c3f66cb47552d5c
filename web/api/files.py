"""Files: uploaded for jobs that read them, fetched by signed links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any, Final

from flask import Response, request, send_file
from flask.views import MethodView
from marshmallow import Schema, fields

from research.exports.errors import LinkExpired, LinkForged
from research.exports.links import link_secret, open_link
from web.audit import note
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("files", __name__, url_prefix="/api/v1/files", description="Files")
LARGEST: Final = 101_000_000


class Upload(Schema):
    """A file as multipart/form-data."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class StoredOut(Schema):
    """A stored file."""

    reference = fields.String(metadata={"description": "what jobs take as their file", "example": "file:3f2a9c0d..."})
    name = fields.String()
    size = fields.Integer(metadata={"description": "bytes"})
    sha256 = fields.String()


def large_body(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view take more than other requests may send."""

    @wraps(view)
    def taking(*args: Any, **kwargs: Any) -> Any:
        request.max_content_length = LARGEST
        return view(*args, **kwargs)

    return taking


@blueprint.route("")
class Files(MethodView):
    """All stored files."""

    @large_body
    @blueprint.arguments(Upload, location="files")
    @blueprint.response(201, StoredOut)
    def post(self, given: dict[str, Any]) -> Any:
        """Store a file of at most 100 MB; jobs take its reference."""
        upload = given["file"]
        stored = here().files.put(upload.stream, upload.filename or "upload")
        note("file.store", stored.reference, detail={"name": stored.name, "size": stored.size})
        return asdict(stored), 201


@blueprint.route("/<token>")
class Linked(MethodView):
    """The file behind a signed link."""

    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
    def get(self, token: str) -> Response:
        """The file that a signed link leads to, for whoever has the link, until its time is over (410)."""
        services = here()
        try:
            stored = open_link(token, secret=link_secret(services.settings.home), files=services.files)
        except LinkForged as error:
            raise Problem(404, "not_found", str(error)) from None
        except LinkExpired as error:
            raise Problem(410, "link_expired", str(error)) from None
        # Never shown in a page of ours, whatever is in it.
        path, kind = services.files.path(stored.reference), "application/octet-stream"
        return send_file(path, kind, as_attachment=True, download_name=stored.name, etag=stored.sha256)
