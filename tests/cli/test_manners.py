"""Manners that all words share: help, hints, exit codes, colours, flags and variables."""

import subprocess
import sys
from pathlib import Path

import pytest

from callboard.jobs.settings import environment_for_child
from cli.failures import EXIT_CODES
from cli.main import COMMANDS, root
from cli.words import Words
from tests.cli.conftest import Board, Command
from tests.jobs import make_call

WORDS = [word for section in COMMANDS.values() for word in section]
NOBODY = "redis://127.0.0.1:1/0"


def paths() -> list[list[str]]:
    """Every word with its further words."""
    found = []
    for word in WORDS:
        command = root.get_command(root.make_context("callboard", ["version"], resilient_parsing=True), word)
        assert command is not None
        further = sorted(command.commands) if isinstance(command, Words) else []
        found += [[word]] + [[word, name] for name in further]
    return found


@pytest.mark.parametrize("path", paths(), ids=" ".join)
def test_help_starts_with_examples_and_tells_of_json(callboard: Command, path: list[str]) -> None:
    answer = callboard(*path, "--help")
    assert answer.code == 0
    assert answer.out.startswith("Examples:\n  ")
    assert f"callboard {path[0]}" in answer.out.split("Usage:")[0]
    assert "--json" in answer.out
    assert max(map(len, answer.out.splitlines())) <= 100


def test_without_a_word_the_page_of_all_words_is_printed(callboard: Command) -> None:
    answer = callboard()
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == callboard("--help").out


def test_the_page_of_all_words_lists_every_one_and_the_exit_codes(callboard: Command) -> None:
    page = callboard("--help").out
    assert all(f"\n  {word} " in page for word in WORDS)
    joined = " ".join(page.split())
    assert all(f"{code} {meaning}" in joined for code, meaning in EXIT_CODES.items())


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["quues"], "did you mean queues"),
        (["queues", "puase", "x"], "did you mean pause?"),
        (["ls", "--limt", "5"], "--limit"),
        (["ls", "--json", "--ndjson"], "exclude each other"),
        (["ls", "--limit", "many"], "many"),
        (["run", "paper_intak", __file__], "did you mean paper_intake"),
    ],
)
def test_a_wrong_word_is_a_usage_error_with_a_hint(callboard: Command, words: list[str], hint: str) -> None:
    answer = callboard(*words)
    assert (answer.code, answer.out) == (2, "")
    assert hint in answer.err


# S2.45 S5.37
@pytest.mark.parametrize(
    "words", [["ls"], ["queues"], ["stats"], ["doctor"], ["health"], ["workers"], ["flows"], ["events"], ["watch"]]
)
def test_a_server_that_is_away_is_told_by_exit_code_5(
    callboard: Command, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("REDIS_URL", NOBODY)
    answer = callboard(*words)
    assert (answer.code, answer.out) == (5, "")
    assert "the Redis server" in answer.err


def test_without_any_server_it_says_how_to_start_one(callboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL")
    answer = callboard("ls")
    assert answer.code == 5
    assert "callboard up" in answer.err


def test_a_wrong_password_is_not_allowed(callboard: Command, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:wrong@" + valkey_url.split("@")[1])
    assert callboard("ls").code == 7


def test_settings_that_cannot_be_used_are_all_named(callboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_CONCURRENCY", "many")
    monkeypatch.setenv("REDIS_TIMEOUT", "soon")
    answer = callboard("ls")
    assert answer.code == 2
    assert "WORKER_CONCURRENCY" in answer.err
    assert "REDIS_TIMEOUT" in answer.err


def test_a_fault_of_our_own_is_one_line_without_a_traceback(
    callboard: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.commands.ls.look_for", lambda *_: 1 / 0)
    answer = callboard("ls")
    assert (answer.code, answer.err) == (
        1,
        "callboard: unexpected ZeroDivisionError: division by zero (add -vv to see where)\n",
    )


def test_flags_may_stand_before_the_word(board: Board, callboard: Command) -> None:
    board.client.enqueue(make_call())
    assert callboard("--json", "ls").json() == callboard("ls", "--json").json()
    assert callboard("queues", "--json").json() == callboard("--json", "queues", "ls").json()


@pytest.mark.parametrize(("variable", "value"), [("CALLBOARD_LS_LIMIT", "1"), ("CALLBOARD_LS_STATE", "failed")])
def test_every_flag_is_a_variable_too(
    board: Board, callboard: Command, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    board.client.enqueue_many(make_call() for _ in range(2))
    monkeypatch.setenv(variable, value)
    assert len(callboard("ls").lines()) == (1 if value == "1" else 0)


def test_json_may_be_asked_for_by_a_variable(callboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBOARD_JSON", "1")
    assert callboard("ls").json() == {"jobs": []}


def test_quiet_leaves_data_only(board: Board, callboard: Command) -> None:
    id = board.client.enqueue(make_call())
    answer = callboard("cancel", id, "-q")
    assert (answer.out, answer.err) == (f"{id}\tcancelled\n", "")


def test_colours_come_when_forced_and_go_when_not_wanted(
    board: Board, callboard: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.client.enqueue(make_call())
    assert "\x1b[" not in callboard("ls").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in callboard("ls").out
    assert "\x1b[" not in callboard("ls", "--no-color").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[34m" not in callboard("ls").out


def test_what_a_job_says_cannot_steer_the_terminal(
    board: Board, callboard: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = board.client.enqueue(make_call(kwargs={"title": "\x1b]0;owned\x07"}, tags=("\x1b[2J",)))
    monkeypatch.setenv("FORCE_COLOR", "1")
    page = callboard("show", id).out
    assert "\x1b]" not in page
    assert "\x1b[2J" not in page


def test_settings_are_shown_with_secrets_hidden(callboard: Command, valkey_url: str) -> None:
    rows = {row["variable"]: row for row in callboard("config", "show", "--json").json()["settings"]}
    assert rows["REDIS_URL"]["changed"] is True
    password = valkey_url.partition("@")[0].rpartition(":")[2]
    assert password not in callboard("config", "show").out


def test_versions_and_completions_are_printed(callboard: Command) -> None:
    assert callboard("version", "--json").json()["callboard"]
    assert "_CALLBOARD_COMPLETE" in callboard("completion", "bash").out


def in_a_process(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    environ = environment_for_child(**variables)
    return subprocess.run([sys.executable, "-m", "cli", *words], env=environ, capture_output=True, text=True)


def test_server_and_home_may_be_flags(valkey_url: str, prefix: str, board: Board, tmp_path: Path) -> None:
    id = board.client.enqueue(make_call())
    found = in_a_process("ls", "--redis", valkey_url, "--home", str(tmp_path), CALLBOARD_PREFIX=prefix)
    assert found.stdout.startswith(id)


def test_a_reader_that_has_seen_enough_is_no_error(valkey_url: str, prefix: str, board: Board) -> None:
    board.client.enqueue_many(make_call() for _ in range(2000))
    environ = environment_for_child(REDIS_URL=valkey_url, CALLBOARD_PREFIX=prefix)
    pipe = f"{sys.executable} -m cli ls --limit 2000 | head -1"
    piped = subprocess.run(["/bin/bash", "-o", "pipefail", "-c", pipe], env=environ, capture_output=True, text=True)
    assert (piped.returncode, piped.stderr) == (0, "")


def test_completion_offers_words_and_queues(valkey_url: str, prefix: str, board: Board) -> None:
    board.client.enqueue(make_call("mail"))
    variables = {"REDIS_URL": valkey_url, "CALLBOARD_PREFIX": prefix, "_CALLBOARD_COMPLETE": "bash_complete"}
    words = in_a_process(COMP_WORDS="callboard que", COMP_CWORD="1", **variables)
    assert words.stdout.split() == ["plain,queues"]
    queues = in_a_process(COMP_WORDS="callboard queues pause m", COMP_CWORD="3", **variables)
    assert queues.stdout.split() == ["plain,mail"]


def test_completion_takes_the_types_that_workers_tell_without_importing_them(
    valkey_url: str, prefix: str, board: Board
) -> None:
    board.worker.say("register", "w1", 60_000, '{"types":["brew_coffee"]}', "brew_coffee")
    variables = {"REDIS_URL": valkey_url, "CALLBOARD_PREFIX": prefix, "_CALLBOARD_COMPLETE": "bash_complete"}
    types = in_a_process(COMP_WORDS="callboard enqueue br", COMP_CWORD="2", **variables)
    assert types.stdout.split() == ["plain,brew_coffee"]


@pytest.mark.parametrize("words", [["--help"], ["version", "--help"], ["up", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    program = (
        "import sys; from cli.main import run; sys.argv[1:] = sys.argv[1:]; run(); "
        "print([m for m in ('redis', 'dramatiq', 'sqlalchemy', 'rich', 'numpy', 'actors') if m in sys.modules], "
        "file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)
    assert done.stderr == "[]\n"


def test_looking_at_jobs_imports_neither_job_types_nor_tables(valkey_url: str, prefix: str) -> None:
    program = (
        "import sys; from cli.main import run; run(); "
        "print([m for m in ('sqlalchemy', 'rich', 'numpy', 'actors', 'callboard.worker') if m in sys.modules], "
        "file=sys.stderr)"
    )
    environ = environment_for_child(REDIS_URL=valkey_url, CALLBOARD_PREFIX=prefix)
    done = subprocess.run([sys.executable, "-c", program, "ls"], env=environ, capture_output=True, text=True)
    assert done.stderr == "[]\n"
