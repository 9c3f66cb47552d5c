"""The entry point: the words there are, and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import sys
from typing import Final, NoReturn

import click

from cli.failures import EXIT_CODES, FAILED, INTERRUPTED, USAGE, Stop, exit_code, in_words
from cli.words import Words

COMMANDS: Final = {
    "Start": {
        "up": ("cli.commands.up", "Server and workers on this machine, until Ctrl-C"),
        "demo": ("cli.commands.demo", "Process a bundled paper, or yours, and print its report"),
        "worker": ("cli.commands.worker", "Worker processes"),
        "web": ("cli.commands.web", "The API over HTTP"),
        "live": ("cli.commands.live", "Live streams over HTTP, in a process of their own"),
        "recorder": ("cli.commands.recorder", "Write what happens into SQL"),
        "scheduler": ("cli.commands.scheduler", "Make the jobs of schedules when they are due"),
    },
    "Enqueue": {
        "enqueue": ("cli.commands.enqueue", "Enqueue a job"),
        "run": ("cli.commands.run", "Run a pipeline on a file and print what comes out"),
        "search": ("cli.commands.search", "Ask the stored papers a question"),
        "predict": ("cli.commands.predict", "Ask a trained model"),
    },
    "Look": {
        "ls": ("cli.commands.ls", "List jobs"),
        "show": ("cli.commands.show", "Everything about a job"),
        "result": ("cli.commands.result", "What a job returned"),
        "logs": ("cli.commands.logs", "What a job logged"),
        "wait": ("cli.commands.wait", "Wait until jobs are finished"),
        "watch": ("cli.commands.watch", "Queues and running jobs, live"),
        "top": ("cli.commands.top", "Queues, jobs and logs on the terminal, with keys"),
        "events": ("cli.commands.events", "What happened, and what happens"),
    },
    "Act": {
        "cancel": ("cli.commands.act", "Cancel jobs"),
        "edit": ("cli.commands.edit", "Change a job that does not run yet"),
        "clone": ("cli.commands.clone", "Enqueue a job like another"),
        "retry": ("cli.commands.retry", "Run finished jobs again"),
        "promote": ("cli.commands.act", "Run delayed jobs now"),
        "rm": ("cli.commands.act", "Forget finished jobs"),
        "note": ("cli.commands.note", "Write on a job what others are to know"),
    },
    "Manage": {
        "queues": ("cli.commands.queues", "Queues: list, pause, resume, drain, clean, limit"),
        "errors": ("cli.commands.errors", "Failures in groups: list, retry, resolve, ignore"),
        "workers": ("cli.commands.workers", "Worker processes that run now"),
        "flows": ("cli.commands.flows", "Jobs that depend on each other"),
        "schedules": ("cli.commands.schedules", "What is due when: set, pause, run, preview"),
        "webhooks": ("cli.commands.webhooks", "Who receives which events, and what was sent"),
        "alerts": ("cli.commands.alerts", "What needs attention, and who is told of it"),
        "models": ("cli.commands.models", "Trained models: list, show, train again, remove"),
        "export": ("cli.commands.export", "Papers, parameters, datasets or all as a file"),
        "import-bull": ("cli.commands.import_bull", "Enqueue what waits in queues of Bull or BullMQ"),
        "restore": ("cli.commands.restore", "Bring back what a backup holds"),
        "archive": ("cli.commands.archive", "Cold storage of old rows: list, read, restore"),
        "token": ("cli.commands.token", "Who may use the API, and as what"),
        "types": ("cli.commands.types", "Job types and their arguments"),
    },
    "Check": {
        "doctor": ("cli.commands.doctor", "What is wrong, and how to mend it"),
        "health": ("cli.commands.health", "Probe: exit code 0 when jobs can run"),
        "stats": ("cli.commands.stats", "Numbers of all queues"),
        "config": ("cli.commands.config", "Settings as they are read"),
        "migrate": ("cli.commands.migrate", "Bring the tables up to date"),
        "completion": ("cli.commands.completion", "Completion for bash, zsh or fish"),
        "grafana": ("cli.commands.grafana", "Dashboards for Grafana, rules for Prometheus"),
        "openapi": ("cli.commands.openapi", "The description of the API"),
        "version": ("cli.commands.version", "Versions of all that matters"),
    },
}

EXAMPLES: Final = """
callboard up                                      start everything here
callboard run paper_intake paper.pdf --follow     read a paper
callboard ls state:failed                         what went wrong lately
callboard show 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2         all about one job
callboard doctor                                  is everything as it should be
"""


def exit_codes() -> str:
    """The exit codes in one paragraph."""
    return "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + "."


root = Words(
    "callboard",
    modules=COMMANDS,
    examples=EXAMPLES,
    help="Background jobs with a record of every one.",
    epilog=exit_codes(),
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "CALLBOARD",
        "max_content_width": 100,
    },
)


def main() -> NoReturn:
    """Run the command of this process and exit with its code."""
    code = run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _close_quietly()
    sys.exit(code)


def run() -> int:
    """Run the command; every error becomes words on standard error and an exit code."""
    try:
        code = root.main(prog_name="callboard", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost place: nobody sees a traceback unasked
        if "-vv" in sys.argv:
            sys.excepthook(type(error), error, error.__traceback__)
        words, failure = judge(error)
        return _end(words, failure)
    return code if isinstance(code, int) else 0


def judge(error: BaseException) -> tuple[str, int]:
    """What to say about an error, and the exit code that it amounts to."""
    match error:
        case Stop():
            return error.words, error.code
        case click.Abort() | KeyboardInterrupt():
            return "", INTERRUPTED
        case click.UsageError():
            return _usage(error), USAGE
        case click.ClickException():
            return error.format_message(), FAILED
    return in_words(error), exit_code(error)


def _end(words: str, code: int) -> int:
    if words:
        print(f"callboard: {_masked(words)}", file=sys.stderr)
    return code


def _masked(words: str) -> str:
    """Words without logins and keys, which an address in an error may hold."""
    from callboard.jobs.masking import masker
    from callboard.jobs.settings import Settings

    return masker(Settings())(words)


def _usage(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "callboard"
    message = error.format_message()
    words = message[:1].lower() + message[1:].removesuffix(".")
    return f"{words}\nTry: {path} --help"


def _close_quietly() -> None:
    """Give standard output somewhere to go, so that closing it at the end does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
