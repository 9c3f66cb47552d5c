import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import MEASUREMENTS, main
from benchmarks.goals import GOALS

ROOT = Path(__file__).parents[2]


@pytest.mark.system
@pytest.mark.timeout(180)
def test_a_quick_round_measures_every_figure() -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)["rounds"][0]
    assert {goal.figure for goal in GOALS} <= set(figures)
    assert {goal.stock for goal in GOALS if goal.stock} <= set(figures)
    # A few jobs are too few for the server's memory to say anything: it may even have shrunk.
    assert all(value > 0 for name, value in figures.items() if not name.endswith("_bytes")), figures


def test_an_unknown_measurement_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["drian"])
    assert ended.value.code == 2
    assert f'"drian" is unknown; there are {", ".join(MEASUREMENTS)}' in capsys.readouterr().err
