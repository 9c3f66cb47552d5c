"""Write the reference page of the command from its own help; `make docs` puts it at docs/command.md."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import click

from cli.failures import EXIT_CODES
from cli.main import COMMANDS, root
from cli.words import SHARED

INTRODUCTION = """# The command

`callboard WORD --help` prints what is below. Data goes to standard output, words to standard error; on a terminal
lists are tables, piped they are lines with tabs, with `--json` one object and with `--ndjson` one object a line.
`NO_COLOR` and `FORCE_COLOR` are heeded. Every flag is a variable too: `CALLBOARD_LS_LIMIT=50` is `callboard ls
--limit 50`. What does harm asks first; where nobody can be asked it insists on `--yes`.

With `--url` and `--token`, or `CALLBOARD_URL` and `CALLBOARD_TOKEN`, the words that look and act go over the API of a
board that is elsewhere, with the same output and the same exit codes; a word that cannot says so. Without them they
talk to Redis and the database of the settings.

Completion: `eval "$(callboard completion bash)"`, or `zsh`, or `fish`; it offers queues, types and ids as they are.

This page is made by `make docs` from `cli/`.
"""


def command_page() -> str:
    """The page in Markdown: the exit codes, the flags that all words share, then each word."""
    context = click.Context(root, info_name="callboard")
    lines = [INTRODUCTION, "## Exit codes", "", "| code | means |", "| --- | --- |"]
    lines += [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    lines += ["", "## Everywhere", "", *flags(root, context, shared=True), ""]
    for title, words in COMMANDS.items():
        lines += [f"## {title}", ""]
        for name in words:
            command = root.get_command(context, name)
            assert command is not None
            lines += list(section(command, click.Context(command, parent=context, info_name=name)))
    return "\n".join(lines).rstrip() + "\n"


def section(command: click.Command, context: click.Context) -> Iterator[str]:
    """A word: how it is used, its examples, what it does, its flags; then the words below it."""
    deep = "#" * (2 + len(context.command_path.split()) - 1)
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (f"{deep} {context.command_path}", "", f"`{context.command_path} {usage}`", "")
    yield from (cleandoc(command.help or ""), "")
    if examples := [line.strip() for line in getattr(command, "examples", "").strip().splitlines()]:
        yield from ("```", *examples, "```", "")
    if listed := flags(command, context, shared=False):
        yield from (*listed, "")
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from section(inner, click.Context(inner, parent=context, info_name=name))


def flags(command: click.Command, context: click.Context, *, shared: bool) -> list[str]:
    """The flags of a word as a table."""
    chosen = [param for param in command.get_params(context) if (param.name in SHARED) == shared]
    records = [record for param in chosen if (record := param.get_help_record(context))]
    told = [(names, " ".join(about.split())) for names, about in records if about and "--help" not in names]
    rows = [f"| `{escaped(names)}` | {escaped(about)} |" for names, about in told]
    return ["| flag | means |", "| --- | --- |", *rows] if rows else []


def escaped(text: str) -> str:
    """Text in a cell."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(command_page(), end="")
