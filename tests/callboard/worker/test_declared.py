"""Job types of one's own: imported by every process after those of the platform, and told of where they are missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from callboard.jobs.settings import environment_for_child
from callboard.worker.declared import import_own
from tests.house.sources import ROOT

TYPES = """
from callboard.worker.job import job

@job
def weigh(ctx, samples):
    return sum(samples)
"""


def types_of_the_platform(folder: Path, modules: str) -> subprocess.CompletedProcess[str]:
    """A process in a folder that imports the platform's types, as web, workers and scheduler do."""
    environ = environment_for_child(
        CALLBOARD_MODULES=modules, PYTHONPATH=str(ROOT), CALLBOARD_HOME=str(folder), REDIS_URL="redis://127.0.0.1:1"
    )
    code = "import sys; sys.path.pop(0); import actors; print(*actors.broker.actors)"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=environ, capture_output=True, text=True)


def test_a_module_of_the_working_folder_adds_its_types(tmp_path: Path) -> None:
    (tmp_path / "scales.py").write_text(TYPES)
    asked = types_of_the_platform(tmp_path, "scales")
    assert asked.returncode == 0, asked.stderr
    assert {"weigh", "extract_pdf"} <= set(asked.stdout.split())


def test_types_of_the_demo_are_nowhere_unless_asked_for(tmp_path: Path) -> None:
    asked = types_of_the_platform(tmp_path, "")
    assert "extract_pdf" in asked.stdout
    assert "segment_slide" not in asked.stdout


def test_a_module_that_is_not_there_is_named_with_the_variable() -> None:
    with pytest.raises(ImportError, match="CALLBOARD_MODULES names no_such_jobs, which is not there"):
        import_own(["no_such_jobs"])


def test_what_a_module_itself_cannot_import_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_jobs.py").write_text("import surely_not_installed")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="surely_not_installed"):
        import_own(["broken_jobs"])
