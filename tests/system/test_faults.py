from pathlib import Path

import pytest

from tests.system.faults import run
from tests.system.row import Row
from tests.system.rows import ROWS


# S4.38
@pytest.mark.system
@pytest.mark.parametrize("row", [row for row in ROWS if row.quick], ids=lambda row: row.id)
def test_a_fault_loses_nothing_and_doubles_nothing(row: Row, tmp_path: Path) -> None:
    tally = run(row, row.quick, tmp_path / "rig")
    assert tally.verdict == "ok"
    assert (tally.lost, tally.duplicated) == (0, 0)
