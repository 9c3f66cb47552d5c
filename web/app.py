"""Build the Flask application: services, guard, errors, and the blueprints."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any, Final

from flask import Flask, Request, Response, redirect, request, url_for
from flask_compress import Compress
from flask_smorest import Api

from callboard import __version__
from callboard.jobs.exposure import require_safe_settings
from callboard.jobs.settings import Settings, SettingsError, load_settings
from research.exports.links import link_secret
from web import health, problems, session, strict_json
from web.api import blueprints
from web.compat import compat_blueprint
from web.dashboard import dashboard_blueprint
from web.guard import guard
from web.idempotency import idempotent
from web.identity import TRIES_NAME, Tries
from web.live import websocket
from web.live.live import ALONE, BESIDE_REQUESTS, Live
from web.live.live import NAME as LIVE
from web.metrics import view as metrics
from web.metrics.process import MEASURES, measure
from web.services import NAME, Services
from web.vocabulary import speak

LARGEST_BODY: Final = 1_048_576
MOUNT: Final = re.compile(r"(/[\w.-]+)+", re.ASCII)


class StrictRequest(Request):
    """A request whose JSON is read by the strict reader."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The JSON of the body; None where it is none and `silent`. Raises Problem."""
        if not (force or self.is_json):
            if silent:
                return None
            raise problems.Problem(415, "not_json", f"application/json was expected, got {self.mimetype or 'nothing'}")
        try:
            return strict_json.loads(self.get_data(cache=cache))
        except strict_json.BadJson as error:
            errors = [{"field": error.pointer, "message": str(error)}]
            raise problems.Problem(400, "bad_json", str(error), errors=errors) from None


class ProblemApi(Api):
    """The API whose errors are told as problems; see `web.problems`."""

    def _register_error_handlers(self) -> None:
        """Leave errors to the application."""


def create_app(settings: Settings | None = None) -> Flask:
    """The application for one process. Raises SettingsError."""
    app = _bare_app(settings or load_settings())
    api = ProblemApi(app)
    for blueprint in blueprints():
        api.register_blueprint(blueprint)
    if app.extensions[NAME].settings.compat:
        app.register_blueprint(compat_blueprint())
    app.register_blueprint(dashboard_blueprint(), url_prefix=app.config["MOUNT"])
    app.add_url_rule("/", "root_page", lambda: redirect(url_for("dashboard.home")))
    return app


def create_live_app(settings: Settings | None = None) -> Flask:
    """The application for a process that serves live streams only. Raises SettingsError."""
    from web.api import events

    app = _bare_app(settings or load_settings(), streams=ALONE)
    app.register_blueprint(events.blueprint)
    return app


def _bare_app(settings: Settings, streams: tuple[int, int] = BESIDE_REQUESTS) -> Flask:
    """What both have: services, guard, errors, probes, sessions, the live stream over WebSocket."""
    require_safe_settings(settings)
    app = Flask("web", static_folder="static", template_folder="templates")
    if app.debug:
        raise SettingsError(["FLASK_DEBUG: expected none, got it switched on; its pages of errors run anybody's code"])
    app.request_class = StrictRequest
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(
        SECRET_KEY=session_key(settings),
        SESSION_COOKIE_NAME="callboard",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=(settings.public_url or "").startswith("https://"),
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MOUNT=mount_path(settings),
        # Not JSON: the ETag of a job is that of its record. Never a stream.
        COMPRESS_MIMETYPES=["text/html", "text/css", "text/javascript"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=True,
        API_TITLE="Callboard",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
    )
    equip(app, settings, streams)
    guard(app)
    measure(app)
    speak(app)
    idempotent(app)
    problems.register(app)
    Compress(app)
    app.after_request(whole)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(session.blueprint)
    app.register_blueprint(websocket.blueprint)
    app.register_blueprint(metrics.blueprint)
    return app


def whole(response: Response) -> Response:
    """A file of ours as one piece, before it is compressed; as a stream it would be left open."""
    if request.endpoint == "static" and response.direct_passthrough:
        response.direct_passthrough = False
        response.get_data()
    return response


def equip(app: Flask, settings: Settings, streams: tuple[int, int] = BESIDE_REQUESTS) -> None:
    """Give an application its stores, its stream, and what it remembers; whatever it had before is left alone."""
    app.extensions[NAME] = services = Services(settings)
    app.extensions[LIVE] = live = Live(services, streams)
    app.extensions[TRIES_NAME] = Tries()
    app.extensions[MEASURES] = metrics.measures_of(services, live, fleet=streams != ALONE)


def mount_path(settings: Settings) -> str:
    """The path of the dashboard, without a slash at its end. Raises SettingsError."""
    path = "/" + settings.mount.strip("/")
    taken = [name for name in ("/api", "/static", "/session", "/ws") if path == name or path.startswith(f"{name}/")]
    if taken or not MOUNT.fullmatch(path):
        raise SettingsError([f"CALLBOARD_MOUNT: expected a path such as /admin/queues, not below /api, got {path!r}"])
    return path


def session_key(settings: Settings) -> bytes:
    """What signs the sessions: the secret of the settings, else one kept under the home."""
    secret = settings.web_secret.encode() if settings.web_secret else link_secret(settings.home)
    return hmac.digest(secret, b"callboard.session", hashlib.sha256)
