"""promtool, where it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOUND = shutil.which("promtool") or shutil.which("promtool", path=str(Path(sys.executable).parent))
needs_promtool = pytest.mark.skipif(
    FOUND is None, reason="promtool is not here; `make .venv/promtool.stamp` fetches it"
)


def promtool(*words: str | Path, given: str | None = None) -> str:
    """What promtool says; fails where it finds anything wrong."""
    assert FOUND
    done = subprocess.run([FOUND, *map(str, words)], input=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
