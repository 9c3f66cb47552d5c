"""Where somebody is in `callboard top`, and where a key takes them; nothing is read or drawn here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

HOME: Final = "home"
LIST: Final = "list"
JOB: Final = "job"
LOG: Final = "log"
PAGE: Final = 10
MOVES: Final = {"j": 1, "down": 1, "k": -1, "up": -1, "page down": PAGE, "page up": -PAGE, "G": 10**9, "g": -(10**9)}


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do: a verb, and the job or queue it is done to."""

    verb: str
    subject: str


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: a page, the search or the job it is of, the row that is chosen, what is being typed."""

    page: str = HOME
    query: str = ""
    id: str = ""
    queue: str = ""
    cursor: int = 0
    typed: str | None = None
    asked: Act | None = None
    words: str = ""
    before: View | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """What a key has led to: the view from now on, and what is to be done."""

    view: View
    act: Act | None = None


def press(view: View, key: str, rows: list[dict[str, Any]]) -> Press:
    """The view after a key, where these rows are shown."""
    view = replace(view, words="")
    if view.typed is not None:
        return Press(typing(view, key))
    if view.asked:
        return Press(replace(view, asked=None), view.asked if key in ("y", "Y") else None)
    if key in MOVES:
        return Press(replace(view, cursor=max(0, min(len(rows) - 1, view.cursor + MOVES[key]))))
    row = rows[view.cursor] if view.cursor < len(rows) else None
    if key in ("r", "c", "p"):
        return act_on(view, key, row)
    return Press(walk(view, key, row))


def walk(view: View, key: str, row: dict[str, Any] | None) -> View:
    """Another page, or none."""
    match key:
        case "q":
            return replace(view, over=True)
        case "back" | "h" | "erase":
            return view.before or view
        case "/":
            return replace(view, typed=view.query)
        case "enter" | "l":
            return deeper(view, key, row)
    return view


def deeper(view: View, key: str, row: dict[str, Any] | None) -> View:
    """What is behind the chosen row: the jobs of a queue, a job, its log."""
    id = chosen_job(view, row)
    if id and view.page != LOG and (key == "l" or view.page == JOB):
        return View(LOG, id=id, queue=view.queue, cursor=10**9, before=view)
    if row and view.page == HOME and key == "enter":
        return View(LIST, query=f"queue:{row['name']}", queue=row["name"], before=view)
    if row and view.page == LIST:
        return View(JOB, id=row["id"], queue=row["queue"], before=view)
    return view


def typing(view: View, key: str) -> View:
    """A search while it is typed."""
    typed = view.typed or ""
    if key == "enter":
        home = view
        while home.before:
            home = home.before
        return View(LIST, query=typed, before=replace(home, typed=None))
    if key == "back":
        return replace(view, typed=None)
    if key == "erase":
        return replace(view, typed=typed[:-1])
    return replace(view, typed=typed + key) if len(key) == 1 and key.isprintable() else view


def act_on(view: View, key: str, row: dict[str, Any] | None) -> Press:
    """Retry a job, cancel one after a question, pause or resume a queue."""
    if key == "p":
        queue = row["name"] if view.page == HOME and row else (row or {}).get("queue") or view.queue
        return Press(view, Act("pause", queue)) if queue else Press(view)
    id = chosen_job(view, row)
    if not id:
        return Press(view)
    return Press(view, Act("retry", id)) if key == "r" else Press(replace(view, asked=Act("cancel", id)))


def chosen_job(view: View, row: dict[str, Any] | None) -> str:
    """The job that a key is meant for, empty where there is none."""
    return str(row["id"]) if view.page == LIST and row else view.id
