"""Schedules over the API, as the history itself would have told them, and what may be done to them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from cli.api import Api, Refused
from cli.failures import NOT_FOUND
from cli.remote_jobs import moment

if TYPE_CHECKING:
    from callboard.jobs.schedule import Schedule

TIMES: Final = ("run_at", "next_at", "paused_at", "last_at")
ROW: Final = (
    *("name", "type", "when", "cron", "run_at", "zone", "queue", "args", "kwargs", "options", "on_missed", "cap"),
    *("overlap", "source", "state", "next_at", "paused_at", "paused_by", "pause_note", "disabled"),
    *("last_at", "last_job", "fired", "passed"),
)
FIRING: Final = ("planned_at", "state", "job", "outcome", "late_ms", "passed", "asked_by", "reason")
GIVEN: Final = ("type", "zone", "on_missed", "cap", "overlap")
GIVEN_IF_ANY: Final = ("cron", "queue", "options")


def listed(api: Api) -> list[dict[str, Any]]:
    """All schedules by name, each as one row. Raises Refused, ConnectionLost."""
    return [row_of(values) for values in api.get("/schedules")["schedules"]]


def found(api: Api, name: str) -> dict[str, Any]:
    """A schedule as one row. Raises Refused."""
    return row_of(api.get(path(name), firings=0))


def whole(api: Api, name: str, limit: int) -> dict[str, Any]:
    """A schedule with its next times and so many of its last firings. Raises Refused."""
    values = api.get(path(name), firings=limit)
    firings = [firing_of(firing) for firing in values["firings"]]
    return row_of(values) | {"runs": [_run_of(run) for run in values["runs"]], "firings": firings}


def put(api: Api, schedule: Schedule) -> str:
    """Create a schedule or change the one of its name: `created`, `changed` or `unchanged`. Raises Refused."""
    body: dict[str, Any] = {name: getattr(schedule, name) for name in GIVEN} | {"args": schedule.kwargs}
    body |= {name: value for name in GIVEN_IF_ANY if (value := getattr(schedule, name))}
    body |= {"run_at": schedule.run_at.isoformat()} if schedule.run_at else {}
    return str(api.send("PUT", path(schedule.name), json=body)[1]["result"])


def remove(api: Api, name: str) -> None:
    """Remove a schedule. Raises Refused."""
    api.send("DELETE", path(name))


def clear(api: Api) -> int:
    """Remove all schedules, one by one; how many that were. Raises Refused."""
    return sum(_removed(api, row["name"]) for row in listed(api))


def _removed(api: Api, name: str) -> bool:
    """Whether it was there to be removed."""
    try:
        remove(api, name)
    except Refused as error:
        if error.code != NOT_FOUND:
            raise
        return False
    return True


def pause(api: Api, name: str, note: str | None) -> None:
    """Make no more jobs of a schedule. Raises Refused."""
    api.send("PUT", f"{path(name)}/pause", json={"note": note} if note else {})


def resume(api: Api, name: str) -> None:
    """Go on with its next time to come. Raises Refused."""
    api.send("DELETE", f"{path(name)}/pause")


def skip(api: Api, name: str) -> datetime | None:
    """Leave out its next time; which that was. Raises Refused."""
    return moment(api.send("POST", f"{path(name)}/skip")[1]["skipped_at"])


def run(api: Api, name: str) -> dict[str, Any]:
    """Make a job of it now; the firing. Raises Refused."""
    return firing_of(api.send("POST", f"{path(name)}/runs")[1])


def backfill(api: Api, name: str, start: datetime, end: datetime, *, dry_run: bool) -> list[datetime | None]:
    """The times of a range that had no job, which they are given unless it is a dry run. Raises Refused."""
    body = {"from": start.isoformat(), "to": end.isoformat(), "dry_run": dry_run}
    return [moment(time) for time in api.send("POST", f"{path(name)}/backfill", json=body)[1]["times"]]


def path(name: str) -> str:
    """Where a schedule is."""
    return f"/schedules/{quote(name, safe='')}"


def row_of(values: dict[str, Any]) -> dict[str, Any]:
    """A schedule of an answer: its times as times, arguments with a name apart from those without."""
    given = values["args"]
    apart = {"args": given.get("_", []), "kwargs": {name: value for name, value in given.items() if name != "_"}}
    timed = values | {name: moment(values[name]) for name in TIMES} | apart
    return {name: timed[name] for name in ROW}


def firing_of(values: dict[str, Any]) -> dict[str, Any]:
    """A firing of an answer."""
    return {name: values[name] for name in FIRING} | {"planned_at": moment(values["planned_at"])}


def _run_of(run: dict[str, Any]) -> dict[str, Any]:
    """A time to come, with the clock of this machine instead of that of the board."""
    return run | {"local": datetime.fromisoformat(run["utc"]).astimezone().isoformat()}
