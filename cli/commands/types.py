"""`callboard types`: the job types there are, and what each takes."""

from __future__ import annotations

from typing import Any

import click

from callboard.jobs.policy import priority_word
from cli.completions import type_names
from cli.output import Column, Out
from cli.server import known_type, platform
from cli.times import brief, lasted
from cli.words import Words, word

EXAMPLES = """
callboard types
callboard types show extract_pdf
"""
types_command = Words("types", default="ls", examples=EXAMPLES, help="Job types and their arguments.")


def values(actor: Any) -> dict[str, Any]:
    """A type as JSON values."""
    policy = actor.policy
    retry = policy.retry
    return {
        "type": actor.actor_name,
        "queue": actor.queue_name,
        "about": (actor.fn.__doc__ or "").strip().splitlines()[0] if actor.fn.__doc__ else "",
        "attempts": retry.attempts,
        "retry": {"first": retry.first, "at_most": retry.at_most, "factor": retry.factor, "jitter": retry.jitter},
        "timeout": policy.timeout,
        "priority": priority_word(policy.priority),
        "isolated": policy.isolated,
        "memory_mb": policy.memory_mb,
        "requires": list(actor.requires),
        "arguments": arguments(actor),
    }


def arguments(actor: Any) -> list[dict[str, Any]]:
    """The arguments that the schema of a type knows."""
    if actor.schema is None:
        return [
            {"name": name, "kind": "any", "required": False, "default": None, "about": ""} for name in actor.parameters
        ]
    from marshmallow import missing

    return [
        {
            "name": name,
            "kind": type(field).__name__.lower(),
            "required": field.required,
            "default": None if field.load_default is missing or callable(field.load_default) else field.load_default,
            "about": field.metadata.get("description", ""),
        }
        for name, field in actor.schema.fields.items()
    ]


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
    rows = [values(actor) for _, actor in sorted(platform().actors.items())]
    shown = rows if out.machine else [row | {"takes": taken(row)} for row in rows]
    out.rows("types", shown, COLUMNS, "no types are declared")


@word("show", "callboard types show extract_pdf")
@click.argument("type", shell_complete=type_names)
@click.pass_obj
def show_command(out: Out, type: str) -> None:
    """Show a job type: its queue, its limits, and the arguments it takes."""
    row = values(known_type(type))

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
