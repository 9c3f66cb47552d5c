"""What the pages of `callboard top` show, read anew for each look; and what is done from them."""

from __future__ import annotations

from typing import Any, Final

from callboard.jobs.states import STATES
from cli.by_hand import note_by_hand
from cli.commands.act import CANCEL, RETRY, Verb, refusal
from cli.commands.logs import STYLES
from cli.commands.logs import values as log_values
from cli.commands.queues import values as queue_values
from cli.commands.show import facts_of
from cli.job_values import listed
from cli.look import look_for
from cli.output import as_json
from cli.past import whole
from cli.query import parse_query
from cli.server import client, control, store
from cli.top_view import HOME, JOB, LIST, Act, View

MOST: Final = 200
Seen = dict[str, Any]


def look(view: View) -> Seen:
    """Title and rows of a page. Raises JobMissing, ConnectionLost, UsageError for a search that is none."""
    if view.page == HOME:
        return home()
    if view.page == LIST:
        jobs = look_for(parse_query([view.query]), MOST).jobs
        return {"title": f"callboard   jobs   {view.query or 'all'}", "rows": [listed(job) for job in jobs]}
    return job_page(view.id) if view.page == JOB else log_page(view.id)


def home() -> Seen:
    """The queues, with all their jobs by state above them."""
    rows = [queue_values(name) for name in store().queues()]
    totals = [(state, sum(row["counts"][state] for row in rows)) for state in STATES]
    told = "   ".join(f"{number:,} {state}" for state, number in totals if number)
    return {"title": f"callboard   {told or 'no jobs yet'}", "rows": rows}


def job_page(id: str) -> Seen:
    """A job, a line for each fact."""
    job, values = whole(id)
    facts = [(name, str(value)) for name, value in facts_of(job, values) if value not in (None, "")]
    rows = [{"text": f"{name:<13} {value}"} for name, value in facts]
    given = values["kwargs"] | ({"_": values["args"]} if values["args"] else {})
    rows += [
        {"text": f"{name:<13} {as_json(value)}"}
        for name, value in (("Arguments", given), ("Result", job.result))
        if value
    ]
    for error in values["errors"]:
        failure = error.get("failure", {})
        words = f"{failure.get('type', '')}: {failure.get('message', '')}"
        rows.append({"text": f"Run {error.get('attempt', '?'):<9} {words}", "style": "red"})
    return {"title": f"callboard   {job.type}   {job.state}", "rows": rows}


def log_page(id: str) -> Seen:
    """The lines that a job logged."""
    rows = []
    for line in map(log_values, store().log(id)):
        at = line["at"].astimezone().strftime("%H:%M:%S") if line["at"] else ""
        style = STYLES.get(str(line["level"]).lower(), "")
        rows.append({"text": f"{at}  {line['level']:<8} {line['message']}", "style": style})
    return {"title": f"callboard   log of {id}", "rows": rows or [{"text": "nothing was logged"}]}


def do(act: Act) -> str:
    """Do what was asked for; what to say of it. Raises ConnectionLost, Refused."""
    if act.verb != "pause":
        verb: Verb = RETRY if act.verb == "retry" else CANCEL
        (reply,) = getattr(client(), verb.method)(act.subject)
        return f"{act.subject} {verb.past}" if reply in verb.done else refusal(verb, act.subject, reply)
    if store().queue(act.subject).paused:
        control().resume(act.subject)
        note_by_hand("queue.resume", act.subject)
        return f"{act.subject} goes on"
    control().pause(act.subject)
    note_by_hand("queue.pause", act.subject)
    return f"{act.subject} is paused"
