"""The eight events of the MESSAi job system as its clients know them, made of our frames."""

from __future__ import annotations

from typing import Any, Final

from callboard.jobs.encoding import decode
from web.live.frames import STATE, STATS, Frame

NAMES: Final = {
    "job:added": "job:added",
    "job:rerun": "job:added",
    "job:active": "job:active",
    "job:progress": "job:progress",
    "job:completed": "job:completed",
    "job:failed": "job:failed",
    "job:cancelled": "job:removed",
    "job:removed": "job:removed",
    "queue:status": "queue:status",
    STATS: STATS,
    # Theirs had no words for these; who does not know them loses nothing.
    "job:retrying": "job:delayed",
    "job:released": "job:delayed",
    "job:rescued": "job:delayed",
    "job:cancelling": "job:cancelling",
    STATE: "job:state",
}


def s2_message(frame: Frame) -> dict[str, Any] | None:
    """A frame under its old name, `{event, id, data}`; None for what the old system did not tell."""
    told = decode(frame.body, "frame")
    name = NAMES.get(frame.event.event)
    if name is None:
        return told if frame.event.event == "resync" else None
    data = _queue(told) if name.startswith("queue:") else _job(told)
    return {"event": name, "id": frame.id, "data": data | {"timestamp": told["at"]}}


def _queue(told: dict[str, Any]) -> dict[str, Any]:
    return {"queue": told.get("queue"), "name": told.get("queue"), **told["data"]}


def _job(told: dict[str, Any]) -> dict[str, Any]:
    values = {
        "jobId": told.get("job"),
        "queue": told.get("queue"),
        "name": told.get("job_type"),
        "status": told.get("state"),
        "version": told["v"],
    }
    progress = told["data"] if told["type"] == "job:progress" else told["data"].get("progress")
    if isinstance(progress, dict):
        values |= {"progress": round(progress.get("percent") or 0), "progressDetail": progress_detail(progress)}
    if told["type"] in ("job:failed", "job:retrying"):
        values["failedReason"] = told["data"].get("message")
    return values


def progress_detail(progress: dict[str, Any]) -> dict[str, Any]:
    """Progress as the old clients read it: percentage, step, current, total, etaMs."""
    names = {"percent": "percentage", "step": "step", "done": "current", "total": "total", "eta_ms": "etaMs"}
    return {name: progress[ours] for ours, name in names.items() if ours in progress}
