"""The web page and the API: `gunicorn "web:create_app()"`; the live stream: `gunicorn "web:create_live_app()"`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gunicorn.errors import AppImportError

from callboard.jobs.settings import SettingsError
from web import app

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["create_app", "create_live_app", "or_told"]


def create_app() -> Flask:
    """The application for gunicorn."""
    return or_told(app.create_app)


def create_live_app() -> Flask:
    """The application of a process for live streams, for gunicorn."""
    return or_told(app.create_live_app)


def or_told(create: Callable[[], Flask]) -> Flask:
    """The application, or in one line for gunicorn why there is none."""
    try:
        return create()
    except SettingsError as error:
        raise AppImportError(str(error)) from None
