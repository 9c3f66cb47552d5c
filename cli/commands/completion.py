"""`callboard completion`: what makes the shell complete words, queues, types and ids."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from cli.failures import NOT_FOUND, Stop
from cli.output import Out
from cli.words import word

EXAMPLES = """
eval "$(callboard completion bash)"                             in ~/.bashrc
eval "$(callboard completion zsh)"                              in ~/.zshrc
callboard completion fish > ~/.config/fish/completions/callboard.fish
"""


@word("completion", EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_obj
def completion_command(out: Out, shell: str) -> None:
    """Print the script that makes a shell complete `callboard`."""
    from cli.main import root

    kind = get_completion_class(shell)
    if kind is None:
        raise Stop(NOT_FOUND, f"no completion for {shell}; there is one for bash, zsh and fish")
    script = kind(root, {}, "callboard", "_CALLBOARD_COMPLETE").source()
    out.page({"shell": shell, "script": script}, lambda: out.line(script))
