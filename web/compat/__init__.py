"""The routes of the systems that Callboard replaces, kept working as their documents print them."""

from flask import Blueprint


def compat_blueprint() -> Blueprint:
    """All of them."""
    # Importing a module declares its routes.
    from web.compat import analysis, content, door, health, imports, jobs, one_job, queues  # noqa: F401

    return door.blueprint
