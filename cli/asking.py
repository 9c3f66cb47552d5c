"""Ask before harm: on a terminal by a question, elsewhere by insisting on --yes."""

from __future__ import annotations

import sys

import click

from cli.failures import FAILED, Stop


def confirm(question: str, yes: bool) -> None:
    """Go on only when the user said so. Raises Stop when the answer is no, UsageError where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question[:1].lower()}{question[1:]} needs --yes where nobody can be asked")
    if not click.confirm(f"{question}?", err=True):
        raise Stop(FAILED, "nothing was changed")
