"""Idempotency-Key: the same request again gets the first answer again, and is done once."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from flask import Flask, Response, g, request

from callboard.history.answers import Answer, claim, keep, release
from web.problems import Problem
from web.services import here

LONGEST: Final = 200
# What goes with an answer when it is given again.
HEADERS: Final = ("Content-Type", "Location", "Retry-After", "ETag", "Link")


def idempotent(app: Flask) -> None:
    """Have every POST of the API heed the header."""
    app.before_request(_claim)
    app.after_request(_keep)
    app.teardown_request(_give_back)


def _claim() -> Response | None:
    """Claim the key of a request, or answer it as it was answered before. Raises Problem."""
    given = request.headers.get("Idempotency-Key")
    if given is None or request.method != "POST" or not request.path.startswith("/api/"):
        return None
    if not 0 < len(given) <= LONGEST or not given.isprintable():
        raise Problem(400, "bad_idempotency_key", f"1 to {LONGEST} printable characters were expected")
    services, key = here(), _key(given)
    found = claim(services.engine, key, hashlib.sha256(request.get_data()).hexdigest(), services.now_ms())
    if found.result == "other":
        raise Problem(422, "idempotency_key_reused", "this key came before with another body; take a new one")
    if found.result == "busy":
        raise Problem(409, "in_progress", "this request is being answered", headers={"Retry-After": "1"})
    if found.answer:
        return _again(found.answer)
    g.claimed = key
    return None


def _keep(response: Response) -> Response:
    """Keep the answer for the next time; what failed here or was refused for now may be tried again."""
    key = g.pop("claimed", None)
    if key is None:
        return response
    for_now = response.status_code >= 500 or response.status_code in (409, 429)
    if for_now or response.is_streamed or g.get("secret_answer"):  # a secret is shown once and kept nowhere
        release(here().engine, key)
    else:
        headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
        keep(here().engine, key, Answer(response.status_code, json.dumps(headers), response.get_data()))
    return response


def _give_back(_error: BaseException | None) -> None:
    """Give the key back of a request that was never answered."""
    key = g.pop("claimed", None)
    if key is not None:
        release(here().engine, key)


def _again(answer: Answer) -> Response:
    headers: dict[str, Any] = json.loads(answer.headers)
    return Response(answer.body, answer.status, {**headers, "Idempotent-Replay": "true"})


def _key(given: str) -> str:
    """A key belongs to its caller and its path: two callers may choose the same."""
    caller = g.caller.token or g.caller.name if g.get("caller") else ""
    return hashlib.sha256(f"{caller}\n{request.path}\n{given}".encode()).hexdigest()
