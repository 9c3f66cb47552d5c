"""docs/failures.md says what the code does."""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from callboard.history.database import connect
from callboard.history.schema import HISTORY
from callboard.jobs.estimate import BASES
from callboard.jobs.normalise import PLACEHOLDERS, normalised
from cli.commands.errors import errors_command
from tests.callboard.history.failing import failed, failure
from tests.jobs import Board

PAGE = (Path(__file__).parents[2] / "docs" / "failures.md").read_text()
COMMANDS = [line.split("  ")[0] for line in PAGE.splitlines() if line.startswith("callboard errors")]
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def first_column(table: str) -> set[str]:
    part = PAGE.split(f"<!-- table: {table} -->")[1].split("<!-- end -->")[0]
    return set(re.findall(r"`(\S+?)`", part))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_page_is_understood(command: str) -> None:
    _, _, *words = shlex.split(command)
    name, *arguments = words or ["ls"]
    word = errors_command.commands[name]
    with word.make_context(name, arguments) as context:
        assert isinstance(context, click.Context)


def test_every_word_is_on_the_page() -> None:
    words = [shlex.split(command) for command in COMMANDS]
    assert {word[2] for word in words if len(word) > 2} == set(errors_command.commands)


def test_every_placeholder_is_in_the_table() -> None:
    used = {word for name, word in PLACEHOLDERS.items() if name != "keep"} | {"<text>"}
    assert first_column("placeholders") == used
    assert normalised("'a' 1 b@c.de") == "<text> <n> <email>"


def test_every_basis_is_in_the_table() -> None:
    assert first_column("bases") == set(BASES)


def test_the_python_blocks_run(
    valkey_url: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = Board(valkey_url, prefix)
    monkeypatch.setenv("CALLBOARD_HOME", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", valkey_url)
    monkeypatch.setenv("CALLBOARD_PREFIX", prefix)
    url = f"sqlite:///{tmp_path / 'callboard.db'}"
    HISTORY.upgrade(url)
    engine = connect(url)
    row = failure(job_id=board.job_in("failed"))
    failed(engine, row)
    names: dict[str, Any] = {"client": board.client, "engine": engine, "fingerprint": row["fingerprint"]}
    for block in BLOCKS:
        exec(block, names)
    engine.dispose()
    board.close()
    assert capsys.readouterr().out.splitlines()[0] == "1 0 0"
