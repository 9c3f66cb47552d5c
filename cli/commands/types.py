"""`callboard types`: the job types there are, and what each takes."""

from __future__ import annotations

from typing import Any

import click

from callboard.jobs.policy import priority_word
from cli.completions import type_names
from cli.output import Column, Out
from cli.server import known_type, platform, remote
from cli.times import brief, lasted
from cli.words import Words, word

EXAMPLES = """
callboard types
callboard types show extract_pdf
"""
SAME = ("type", "queue", "about", "attempts", "priority", "isolated", "memory_mb", "requires")
TOLD = (*SAME[:4], "retry", "timeout", *SAME[4:], "arguments")
ARGUMENT = ("name", "kind", "required", "default", "about")
types_command = Words("types", default="ls", examples=EXAMPLES, help="Job types and their arguments.")


def values(actor: Any) -> dict[str, Any]:
    """A type as JSON values."""
    from actors.arguments import arguments

    policy = actor.policy
    retry = policy.retry
    return {
        "type": actor.actor_name,
        "queue": actor.queue_name,
        "about": (actor.fn.__doc__ or "").strip().splitlines()[0] if actor.fn.__doc__ else "",
        "attempts": retry.attempts,
        "retry": retry_values(retry.first, retry.at_most, retry.factor, retry.jitter),
        "timeout": policy.timeout and whole(policy.timeout),
        "priority": priority_word(policy.priority),
        "isolated": policy.isolated,
        "memory_mb": policy.memory_mb,
        "requires": list(actor.requires),
        "arguments": arguments(actor),
    }


def retry_values(first: float, at_most: float, factor: float, jitter: str) -> dict[str, Any]:
    """When a job that failed is tried again, in seconds."""
    return {"first": whole(first), "at_most": whole(at_most), "factor": whole(factor), "jitter": jitter}


def whole(number: float) -> float:
    """A number that is shown without a point where it needs none."""
    return int(number) if number == int(number) else number


def taken(row: Any) -> str:
    """The arguments in one line, those that may be left out in brackets."""
    return " ".join(a["name"] if a["required"] else f"[{a['name']}]" for a in row["arguments"])


COLUMNS = (
    Column("type", "Type"),
    Column("queue", "Queue"),
    Column("takes", "Arguments", show=taken, fold=True),
    Column("timeout", "Limit", show=lambda row: brief(row["timeout"]) if row["timeout"] else "", right=True),
    Column("attempts", "Runs", right=True),
)


@word("ls", "callboard types ls\ncallboard types ls --json")
@click.pass_obj
def ls_command(out: Out) -> None:
    """List the job types of the platform."""
    rows = every()
    shown = rows if out.machine else [row | {"takes": taken(row)} for row in rows]
    out.rows("types", shown, COLUMNS, "no types are declared")


def every() -> list[dict[str, Any]]:
    """All types by name: those of the board over the API, else those of the code here."""
    if far := remote():
        return [far_values(row) for row in far.api.get("/types")["types"]]
    return [values(actor) for _, actor in sorted(platform().actors.items())]


def known(name: str) -> dict[str, Any]:
    """One type. Raises UnknownType."""
    if far := remote():
        from urllib.parse import quote

        return far_values(far.api.get(f"/types/{quote(name, safe='')}"))
    return values(known_type(name))


def far_values(row: dict[str, Any]) -> dict[str, Any]:
    """The same of what the API tells."""
    retry, limit = row["retry"], row["timeout_ms"]
    between = retry["first_ms"] / 1000, retry["at_most_ms"] / 1000
    told = {name: row[name] for name in SAME} | {
        "retry": retry_values(*between, retry["factor"], retry["jitter"]),
        "timeout": limit and whole(limit / 1000),
        "arguments": [{name: one[name] for name in ARGUMENT} for one in row["arguments"]],
    }
    return {name: told[name] for name in TOLD}


@word("show", "callboard types show extract_pdf")
@click.argument("type", shell_complete=type_names)
@click.pass_obj
def show_command(out: Out, type: str) -> None:
    """Show a job type: its queue, its limits, and the arguments it takes."""
    row = known(type)

    def page() -> None:
        from cli.terminal import console, facts, table

        retry = row["retry"]
        again = f"{row['attempts']} runs, {retry['first']:g} s to {retry['at_most']:g} s between them"
        apart = "in a process of its own" + (f", {row['memory_mb']} MB at most" if row["memory_mb"] else "")
        pairs = [("Type", row["type"]), ("Queue", row["queue"]), ("Does", row["about"]), ("Retry", again)]
        more = [
            ("Limit", lasted(row["timeout"]) if row["timeout"] else None),
            ("Runs", apart if row["isolated"] else None),
        ]
        to = console(out)
        to.print(facts([*pairs, ("Priority", row["priority"]), *more, ("Needs", ", ".join(row["requires"]))]))
        if row["arguments"]:
            to.print()
            to.print(table(row["arguments"], ARGUMENT_COLUMNS, to.width))

    out.page(row, page)


ARGUMENT_COLUMNS = (
    Column("name", "Argument"),
    Column("kind", "Kind"),
    Column("required", "", show=lambda row: "required" if row["required"] else ""),
    Column("about", "Meaning", fold=True),
)


for further in (ls_command, show_command):
    types_command.add_command(further)
