"""The page on testing is a project of a user: its blocks are files, and all tests in them pass."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from callboard.jobs.settings import environment_for_child
from callboard.testing.board import Board
from callboard.testing.wanted import Conditions

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "testing.md").read_text()
FILES = dict(re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))

LIGHT = """
import sys


def test_light(request):
    assert request.config.pluginmanager.has_plugin("callboard")
    assert not {"dramatiq", "redis", "sqlalchemy", "marshmallow"} & set(sys.modules)
"""


def run_pytest(folder: Path, *options: str) -> str:
    """What pytest says of a project in a folder, which knows of this one only that it is installed."""
    environment = environment_for_child(PYTHONPATH=str(ROOT), PYTEST_ADDOPTS="")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:valkey", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.system
def test_every_block_of_the_page_is_a_file_and_all_its_tests_pass(tmp_path: Path) -> None:
    assert len(FILES) == PAGE.count("```python")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    said = run_pytest(tmp_path, "-W", "error")
    tests = sum(len(re.findall(r"^ *def test_", text, re.MULTILINE)) for text in FILES.values())
    assert f"{tests + 6} passed" in said  # one of them is run for seven states


def test_the_page_names_everything_that_a_board_can_do() -> None:
    members = [name for name in vars(Board) if not name.startswith("_")]
    missing = [name for name in (*members, *Conditions.__annotations__) if name not in PAGE]
    assert missing == ["close"]


@pytest.mark.system
def test_a_project_that_asks_for_no_fixture_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "test_light.py").write_text(LIGHT)
    assert "1 passed" in run_pytest(tmp_path, "-W", "error")
