"""Ask before harm: on a terminal by a question, elsewhere by insisting on --yes."""

from __future__ import annotations

import sys
from typing import Final

import click

from cli.failures import FAILED, Stop

# Above so many, the number is to be typed.
UNTYPED: Final = 100


def confirm_many(question: str, number: int, yes: bool) -> None:
    """Ask before something is done to many; above 100 the number has to be typed. Raises as `confirm` does."""
    if yes or number <= UNTYPED or not sys.stdin.isatty():
        confirm(question, yes)
        return
    typed = click.prompt(f"{question}? Type {number} to go on", default="", show_default=False, err=True)
    if typed.replace(",", "").strip() != str(number):
        raise Stop(FAILED, "nothing was changed")


def confirm(question: str, yes: bool) -> None:
    """Go on only when the user said so. Raises Stop when the answer is no, UsageError where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question[:1].lower()}{question[1:]} needs --yes where nobody can be asked")
    if not click.confirm(f"{question}?", err=True):
        raise Stop(FAILED, "nothing was changed")
