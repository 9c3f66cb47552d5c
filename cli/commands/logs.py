"""`callboard logs`: what a job logged, and what it logs while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import click

from callboard.jobs.clock import from_ms
from callboard.jobs.encoding import NotJson, decode
from callboard.jobs.identity import kept_id
from callboard.jobs.states import FINAL
from cli.completions import job_ids
from cli.output import Out
from cli.server import store, stream
from cli.words import word

EXAMPLES = """
callboard logs 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
callboard logs -f 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --level warning
"""
LEVELS: Final = ("debug", "info", "warning", "error", "critical")
STYLES: Final = {"debug": "bright_black", "warning": "yellow", "error": "red", "critical": "bold red"}
Line = dict[str, Any]


@word("logs", EXAMPLES)
@click.argument("id", shell_complete=job_ids)
@click.option("-f", "--follow", is_flag=True, help="Go on until the job is finished.")
@click.option("--level", type=click.Choice(LEVELS, case_sensitive=False), default="debug", help="At least this level.")
@click.pass_obj
def logs_command(out: Out, id: str, follow: bool, level: str) -> None:
    """Print the lines that a job logged: time, level, message. The newest thousand are kept."""
    job = store().get(kept_id(id))
    lines = following(job.id) if follow else iter(store().log(job.id))
    wanted = (line for line in lines if number(line) >= LEVELS.index(level.lower()))
    if out.json and not follow:
        out.value({"id": job.id, "lines": [values(line) for line in wanted]})
        return
    printed = 0
    for line in wanted:
        print_line(out, line)
        printed += 1
    if not printed:
        out.say("nothing was logged")


def following(id: str) -> Iterator[Line]:
    """The lines there are, then each as it comes, until the job is finished."""
    events = stream(ids=[id])
    try:
        events.after = events.latest()
        # Listening begins before reading, so that no line falls between; what comes twice is passed over.
        there = store().log(id)
        yield from there
        seen = [line.get("at_ms") for line in there], [line.get("message") for line in there]
        known = set(zip(*seen, strict=True))
        while True:
            job = store().get(id)
            read = events.read(1 if job.state in FINAL else 1000)
            fresh = [line_of(event.data) for event in read if (event.event, event.job) == ("job:log", id)]
            yield from (line for line in fresh if (line.get("at_ms"), line.get("message")) not in known)
            if job.state in FINAL and not fresh:
                return
    finally:
        events.close()


def line_of(data: str) -> Line:
    """A line from the data of its event."""
    try:
        line = decode(data, "log line")
    except NotJson:
        line = data
    return line if isinstance(line, dict) else {"message": str(line)}


def number(line: Line) -> int:
    """The weight of a line's level; an unknown one counts as info."""
    level = str(line.get("level", "info")).lower()
    return LEVELS.index(level) if level in LEVELS else LEVELS.index("info")


def values(line: Line) -> Line:
    """A line as JSON values."""
    return {"at": from_ms(line.get("at_ms")), "level": line.get("level", "info"), "message": line.get("message", "")}


def print_line(out: Out, line: Line) -> None:
    """One line in the form asked for."""
    value = values(line)
    if out.machine:
        from dataclasses import replace

        replace(out, json=False, ndjson=True).value(value)
        return
    at = value["at"].astimezone().strftime("%H:%M:%S.%f")[:-3] if value["at"] else ""
    if out.terminal:
        from cli.terminal import console, safe

        text = safe(f"{at}  {value['level']:<8} {value['message']}")
        console(out).print(text, style=STYLES.get(str(value["level"]).lower(), ""), markup=False, soft_wrap=True)
    else:
        out.line(f"{at}\t{value['level']}\t{value['message']}")
