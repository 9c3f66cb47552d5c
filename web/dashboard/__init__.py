"""The dashboard: pages rendered whole on the server, kept alive by the stream of events, acting through the API."""

from flask import Blueprint


def dashboard_blueprint() -> Blueprint:
    """All pages."""
    # Importing a module declares its routes.
    from web.dashboard import pages, shell

    pages.load()
    return shell.blueprint
