"""The platform itself: its health, what it keeps and what that costs, its versions, its settings, what it hides."""

from __future__ import annotations

import platform
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from flask.views import MethodView

from callboard import __version__
from callboard.broker.startup import info
from callboard.history.sizes import Sizes, sizes
from callboard.jobs.clock import duration_ms
from callboard.jobs.masking import EXAMPLES, NAMED, SHAPES
from callboard.jobs.policy import RETENTION
from callboard.jobs.settings_table import shown as shown_settings
from callboard.jobs.states import STATES
from web.api import about_schemas as schemas
from web.api.shared import shared_overview
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("about", __name__, url_prefix="/api/v1", description="The platform itself")
DOCTOR_SECONDS: Final = 15.0
STORAGE_SECONDS: Final = 60.0


@blueprint.route("/doctor")
class Doctor(MethodView):
    """The health of everything."""

    @blueprint.response(200, schemas.DoctorOut)
    def get(self) -> Any:
        """All that must be right for jobs to run safely, as `callboard doctor` looks at it; seconds old at most."""
        return here().kept.get("doctor", DOCTOR_SECONDS, examine)


def examine() -> dict[str, Any]:
    """All checks now."""
    from research.health.check import OK, Health, Place
    from research.health.look import checks

    services = here()
    place = Place(services.links, services.engine, services.settings.home, services.settings.events_cap)
    found = Health(datetime.now(UTC), tuple(checks(place)), {})
    rows = [
        {
            "name": check.name,
            "level": check.level,
            "found": services.mask(check.message),
            "fix": check.fix if check.level != OK else None,
        }
        for check in found.checks
    ]
    return {"at": found.at, "level": found.level, "checks": rows}


@blueprint.route("/storage")
class Storage(MethodView):
    """What is kept."""

    @blueprint.response(200, schemas.StorageOut)
    def get(self) -> Any:
        """How long jobs are kept in Redis and in SQL, how many there are, and what that costs; a minute old at most."""
        return here().kept.get("storage", STORAGE_SECONDS, measure)


def measure() -> dict[str, Any]:
    """What is kept now. Raises ConnectionLost, SQLAlchemyError."""
    services = here()
    queues = shared_overview().queues.values()
    keep = {state: {"age_ms": duration_ms(kept.age), "count": kept.count} for state, kept in RETENTION.items()}
    memory = info(services.links, "memory")
    redis = {
        "bytes": int(memory.get("used_memory", 0)),
        "most_bytes": int(memory.get("maxmemory", 0)) or None,
        "states": {state: sum(queue["counts"][state] for queue in queues) for state in STATES},
        "keep": keep,
    }
    history = {"age_ms": duration_ms(services.settings.history_age), "jobs": services.settings.history_jobs}
    return {"at": datetime.now(UTC), "redis": redis, "sql": sql_values(sizes(services.engine)) | {"keep": history}}


def sql_values(found: Sizes) -> dict[str, Any]:
    """The history as JSON values; the bytes of a type are its share of the rows, and so only about right."""
    total = sum(sum(states.values()) for states in found.jobs.values())
    rows = [(type, states, sum(states.values())) for type, states in found.jobs.items()]
    types = [
        {"type": type, "states": states, "rows": number, "bytes_about": round(found.bytes * number / total)}
        for type, states, number in sorted(rows, key=lambda row: -row[2])
    ]
    tables = [asdict(one) for one in found.tables]
    return {"kind": found.kind, "bytes": found.bytes, "rows": total, "tables": tables, "types": types}


@blueprint.route("/about")
class About(MethodView):
    """What runs here."""

    @blueprint.response(200, schemas.AboutOut)
    def get(self) -> Any:
        """Versions and environment, what the roles may do, and what is hidden wherever it is shown."""
        services = here()
        settings = services.settings
        return {
            "version": __version__,
            "python": platform.python_version(),
            "redis": redis_version(),
            "sql": services.engine.dialect.name,
            "environment": settings.environment,
            "embedded": settings.embedded,
            "roles": ROLES,
            "redaction": {
                "names": NAMED.pattern,
                "shapes": [shape.pattern for shape, _ in SHAPES],
                "examples": [{"before": text, "after": services.mask(text)} for text in EXAMPLES],
            },
        }


ROLES: Final = (
    {"role": "viewer", "may": "look at everything but tokens, the audit and the settings of the processes"},
    {"role": "operator", "may": "also act on jobs, queues, flows, schedules, workers, errors; save views"},
    {"role": "admin", "may": "also drain and clean queues, make tokens and webhooks, read the audit"},
)


def redis_version() -> str:
    """Name and version of the server. Raises ConnectionLost."""
    told = here().kept.get("redis", STORAGE_SECONDS, lambda: info(here().links, "server"))
    name = "Valkey" if "valkey_version" in told else "Redis"
    return f"{name} {told.get('valkey_version') or told.get('redis_version', 'unknown')}"


@blueprint.route("/settings")
class SettingsList(MethodView):
    """The settings of this process."""

    @blueprint.response(200, schemas.SettingList)
    def get(self) -> Any:
        """Each setting with its value, secrets hidden, as `callboard config` shows them."""
        rows = shown_settings(here().settings)
        return {
            "settings": [
                {"section": row.section, "name": row.name, "value": value, "changed": changed, "about": row.about}
                for row, value, changed in rows
            ]
        }
