import re
import subprocess
import sys
from pathlib import Path

import pytest

from callboard.facade import Job, JobQueue
from callboard.jobs.settings import Settings, environment_for_child
from callboard.jobs.states import STATES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "coming-from-bull.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.system
def test_every_block_of_the_page_runs(settings: Settings, tmp_path: Path) -> None:
    """One after the other in a fresh process, as a reader would."""
    given = {"REDIS_URL": str(settings.redis_url), "CALLBOARD_PREFIX": settings.prefix, "PYTHONPATH": str(ROOT)}
    environment = environment_for_child(**given)
    program = "\n".join(BLOCKS)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "Waiting: " in done.stdout


def test_the_page_has_blocks_for_both_facades() -> None:
    assert len(BLOCKS) == 4
    assert "JobChain()" in BLOCKS[0]  # S2.16
    assert "register_processor" in BLOCKS[1]  # S4.12


def test_the_page_names_every_state() -> None:
    assert [state for state in STATES if state not in PAGE] == []


def test_every_spelling_that_the_page_lists_exists() -> None:
    sentence = PAGE[PAGE.index("camelCase names work as well:") :].partition(".\n")[0]
    names = [name.removeprefix("job.") for name in re.findall(r"`([\w.]+)`", sentence)]
    job: Job[None] = Job("x", None)
    assert len(names) == 14
    assert [
        name for name in names if name != "jobQueue" and not hasattr(JobQueue(), name) and not hasattr(job, name)
    ] == []
