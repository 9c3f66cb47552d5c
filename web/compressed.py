"""Pages, scripts and styles in less bytes, for those who say that they can read them so."""

from __future__ import annotations

import gzip
from typing import Final

from flask import Flask, Response, request

LEAST: Final = 1_400  # what fits into one packet anyway
LARGEST: Final = 4_000_000
LEVEL: Final = 5
KINDS: Final = ("text/html", "text/css", "text/javascript")


def compress(app: Flask) -> None:
    """Compress what an application answers to a GET; streams and downloads stay as they are.

    Answers to other verbs stay too: one of them may hold a secret beside what the caller sent.
    """

    @app.after_request
    def smaller(response: Response) -> Response:
        if not _worth_it(response):
            return response
        response.vary.add("Accept-Encoding")
        if "gzip" in request.accept_encodings:
            response.direct_passthrough = False
            body = response.get_data()
            if LEAST <= len(body) <= LARGEST:
                response.set_data(gzip.compress(body, LEVEL, mtime=0))
                response.headers["Content-Encoding"] = "gzip"
        return response


def _worth_it(response: Response) -> bool:
    plain = request.method == "GET" and response.status_code == 200 and response.mimetype in KINDS
    download = response.headers.get("Content-Disposition", "").startswith("attachment")
    return plain and not download and "Content-Encoding" not in response.headers
