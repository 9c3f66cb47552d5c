"""The words of the pages in one place: states, reasons, and the way through the pages."""

from __future__ import annotations

from typing import Final

# Endpoint, title, letter after `g`, icon, role.
PAGES: Final = (
    ("home", "Home", "h", "home", "viewer"),
    ("jobs", "Jobs", "j", "jobs", "viewer"),
    ("errors", "Errors", "e", "errors", "viewer"),
    ("queues", "Queues", "q", "queues", "viewer"),
    ("flows", "Flows", "f", "flows", "viewer"),
    ("schedules", "Schedules", "s", "schedules", "viewer"),
    ("workers", "Workers", "w", "workers", "viewer"),
    ("events", "Events", "v", "events", "viewer"),
    ("charts", "Metrics", "m", "metrics", "viewer"),
    ("alerts", "Alerts", "a", "alerts", "viewer"),
    ("audit", "Audit", "u", "audit", "admin"),
    ("settings", "Settings", "c", "settings", "viewer"),
)
KEYS: Final = (
    ("g then a letter", "go to a page: the letter is underlined in the side bar"),
    ("/", "search"),
    ("Ctrl K", "find a page, queue, type or job"),
    ("n", "submit a job"),
    ("p", "pause and resume live updates"),
    ("t", "light, dark, as the system"),
    ("j k", "next and previous row"),
    ("x", "select the row"),
    ("Enter", "open the row"),
    ("r c e", "retry, cancel, edit the row or the job of the page"),
    ("?", "this list"),
)
# A word for what a job waits for; details stand beside it.
REASONS: Final = {
    "scheduled": "scheduled",
    "retry": "waits for its next attempt",
    "limited": "limited",
    "snoozed": "snoozed",
    "paused": "queue is paused",
    "no_worker": "no worker serves its queue",
    "blocked_by": "waits for other steps",
    "approval": "waits for approval",
}
