"""The native API, one module for each kind of thing."""

from flask_smorest import Blueprint


def blueprints() -> list[Blueprint]:
    """All of them, in the order of the documentation."""
    from web.api import jobs, me

    return [jobs.blueprint, me.blueprint]
