"""The web page and the API: `gunicorn "web:create_app()"`; the live stream: `gunicorn "web:create_live_app()"`."""

from web.app import create_app, create_live_app

__all__ = ["create_app", "create_live_app"]
