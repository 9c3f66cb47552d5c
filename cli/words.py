"""The shape that all words of the command share: examples first, output flags everywhere, a hint for a wrong word."""

from __future__ import annotations

import difflib
import importlib
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import click

from cli.failures import DONE, Stop
from cli.output import Out

NEGATED: Final = re.compile(r"-[A-Za-z][\w-]*(?:\..*)?:")
TALK: Final = ("json", "ndjson", "quiet", "verbose", "no_color", "force_color")
SHARED: Final = (*TALK, "redis", "api_url", "api_token", "home")


def shared_options(taken: set[str]) -> list[click.Parameter]:
    """The flags that every word takes; a short one that a word uses for itself is left to it."""

    def option(*names: str, **attributes: Any) -> click.Option:
        free = [name for name in names if name not in taken]
        return click.Option(free, **attributes)

    return [
        option("--json", is_flag=True, envvar="CALLBOARD_JSON", help="Print one JSON object."),
        option("--ndjson", is_flag=True, envvar="CALLBOARD_NDJSON", help="Print one JSON object a line."),
        option("-q", "--quiet", is_flag=True, envvar="CALLBOARD_QUIET", help="Print data only, and errors."),
        option(
            "-v", "--verbose", count=True, envvar="CALLBOARD_VERBOSE", help="Say more; -vv shows where errors arise."
        ),
        option("--no-color", is_flag=True, envvar="CALLBOARD_NO_COLOR", help="No colours, as with NO_COLOR set."),
        # Any text sets it, "0" too (force-color.org), hence a flag will not do.
        option("--force-color", envvar="FORCE_COLOR", hidden=True),
        option("api_url", "--url", metavar="URL", envvar="CALLBOARD_URL", help="Go over the API at this address."),
        option("api_token", "--token", metavar="TOKEN", envvar="CALLBOARD_TOKEN", help="Token for the API."),
        option("--redis", metavar="URL", help="Redis or Valkey to use, instead of REDIS_URL."),
        option("--home", metavar="FOLDER", help="Folder of the data, instead of CALLBOARD_HOME."),
    ]


class Word(click.Command):
    """A word of the command; its callback is handed the `Out` to talk through as `ctx.obj`."""

    def __init__(self, *args: Any, examples: str = "", **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = examples
        self.own = len(self.params)
        self.params += shared_options({name for param in self.params for name in param.opts})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read flags and words; `-queue:mail` is no row of flags, but what a search is to leave out."""
        return super().parse_args(ctx, [f"NOT {arg[1:]}" if negates(arg) else arg for arg in args])

    def invoke(self, ctx: click.Context) -> Any:
        """Settle how to talk and where the server is, then do it."""
        ctx.obj = settle(ctx)
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # `callboard ls | head` has seen enough
            raise Stop(DONE) from None

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples first, for they are what people look for."""
        write_examples(self.examples, formatter)
        super().format_help(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The flags of this word, then those that all share."""
        own = [param.get_help_record(ctx) for param in self.get_params(ctx) if param.name not in SHARED]
        shared = [param.get_help_record(ctx) for param in self.get_params(ctx) if param.name in SHARED]
        for title, records in (("Options", own), ("Everywhere", shared)):
            if lines := [record for record in records if record]:
                with formatter.section(title):
                    formatter.write_dl(lines)


def negates(arg: str) -> bool:
    """Whether this is a term of a search with a minus before it."""
    if not NEGATED.match(arg):
        return False
    from callboard.history.search.keys import KEYS

    return re.split("[.:]", arg[1:], maxsplit=1)[0].lower().replace("-", "_") in KEYS


class Words(click.Group):
    """A word with further words; those named in `modules` are imported when they are used.

    `modules` maps a word to (module, what it does); `default` is what is meant when no further word is given.
    """

    def __init__(
        self,
        *args: Any,
        modules: Mapping[str, Mapping[str, tuple[str, str]]] | None = None,
        default: str | None = None,
        examples: str = "",
        **attributes: Any,
    ) -> None:
        super().__init__(*args, **attributes)
        self.sections = modules or {}
        self.modules = {word: place for section in self.sections.values() for word, place in section.items()}
        self.default = default
        self.examples = examples
        self.no_args_is_help = False
        self.params += shared_options(set())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Add the word that is meant when none is given."""
        if not args and self.default is None and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        if self.default and not any(word in ("--help", "-h") for word in args[:1]):
            known = {*self.commands, *self.modules}
            if not args or (args[0].startswith("-") and not any(word in known for word in args)):
                args = [self.default, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Note the flags given before the further word, for it to find."""
        ctx.meta.setdefault("callboard.flags", []).append(take_shared(ctx))
        return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The words, in the order of the help page."""
        return [*self.modules, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a word; its module is imported here."""
        word = cmd_name.lower()
        if word in self.commands:
            return self.commands[word]
        if word not in self.modules:
            return None
        module = importlib.import_module(self.modules[word][0])
        command: click.Command = getattr(module, word.replace("-", "_") + "_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the word, or suggest the one that was meant. Raises UsageError."""
        known = self.list_commands(ctx)
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(unknown("command", args[0], known), ctx)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples first."""
        write_examples(self.examples, formatter)
        super().format_help(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The words by section; none is imported for it."""
        for title, places in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(f"{word:<10}", what) for word, (_, what) in places.items()])
        if self.commands:
            with formatter.section("Commands"):
                formatter.write_dl([(word, command.get_short_help_str(76)) for word, command in self.commands.items()])


def unknown(kind: str, given: str, known: Sequence[str], otherwise: str = "") -> str:
    """That something is unknown, and what was meant or what there is."""
    close = difflib.get_close_matches(given.lower(), known, 3, 0.6) or [w for w in known if w.startswith(given.lower())]
    hint = f"did you mean {' or '.join(close[:3])}?" if close else otherwise
    return f'{kind} "{given}" is unknown' + (f"; {hint}" if hint else "")


def write_examples(examples: str, formatter: click.HelpFormatter) -> None:
    """The examples as they stand, above everything else."""
    lines = [line.strip() for line in examples.strip().splitlines() if line.strip()]
    if lines:
        with formatter.section("Examples"):
            for line in lines:
                formatter.write(f"  {line}\n")
        formatter.write_paragraph()


def take_shared(ctx: click.Context) -> dict[str, Any]:
    """Take the shared flags out of what the callback gets."""
    return {name: ctx.params.pop(name) for name in SHARED if name in ctx.params}


def settle(ctx: click.Context) -> Out:
    """How to talk, from the flags of this word and of those before it; moves to the server and home asked for."""
    flags: dict[str, Any] = {}
    for given in [*ctx.meta.get("callboard.flags", ()), take_shared(ctx)]:
        flags.update({name: value for name, value in given.items() if value})
    if flags.get("json") and flags.get("ndjson"):
        raise click.UsageError("--json and --ndjson exclude each other", ctx)
    out = Out(flags.get("json", False), flags.get("ndjson", False), flags.get("quiet", False), flags.get("verbose", 0))
    _move(flags.get("redis"), flags.get("home"))
    _reach(ctx, flags.get("api_url"), flags.get("api_token"), flags.get("redis"))
    if flags.get("no_color"):
        return replace(out, color=False)
    return replace(out, color=True) if flags.get("force_color") else out


def _reach(ctx: click.Context, url: str | None, token: str | None, redis: str | None) -> None:
    """Go over the API where --url or its variable says so; --redis wins over the variable."""
    from cli.server import reach

    if url and redis and ctx.get_parameter_source("api_url") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--url and --redis exclude each other", ctx)
    reach(None if redis else url, token)


def _move(redis: str | None, home: str | None) -> None:
    """Start over with --redis and --home as variables, which every process of ours reads its settings from."""
    if not redis and not home:
        return
    from callboard.jobs.settings import environment_for_child, load_settings

    settings = load_settings()
    changes: dict[str, str] = {}
    if redis and settings.redis_address != redis:
        changes |= {"REDIS_URL": redis, "REDIS_ENABLED": "true"}
    if home and str(settings.home) != os.path.expanduser(home):  # noqa: PTH111 - as the settings read it
        changes["CALLBOARD_HOME"] = home
    if changes:
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment_for_child(**changes))  # noqa: S606


def word(name: str, examples: str, **attributes: Any) -> Callable[[Callable[..., Any]], Word]:
    """Declare a word of the command with its examples."""

    def declare(callback: Callable[..., Any]) -> Word:
        return click.command(name, cls=Word, examples=examples, **attributes)(callback)

    return declare
