"""Run the fault matrix with its full numbers: `python -m tests.system.faults [ID ...]`, one line for each row."""

import sys
import tempfile
import time
from pathlib import Path

from tests.system.rig import Rig
from tests.system.row import Row, Tally
from tests.system.rows import ROWS

LINE = "{:<4} {:<44} {:>7} {:>5} {:>5} {:>8} {:>7}  {}"


def run(row: Row, size: int, folder: Path) -> Tally:
    """One row on a rig of its own; what it raises is a problem of the row."""
    with Rig(folder) as rig:
        try:
            tally = row.run(rig, size)
        except Exception as error:
            tally = Tally(problems=[f"{type(error).__name__}: {error}"])
    tally.expect(not rig.own_processes(), "processes were left behind")
    return tally


def main() -> int:
    """Print the matrix; the number of rows that failed."""
    wanted = [row for row in ROWS if not sys.argv[1:] or row.id in sys.argv[1:]]
    print(LINE.format("id", "fault", "trials", "lost", "dup", "worst s", "took s", "verdict"))
    failed = 0
    for row in wanted:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            tally = run(row, row.full, Path(folder) / "rig")
        took = time.monotonic() - began
        numbers = (tally.trials, tally.lost, tally.duplicated, f"{tally.worst:.2f}", f"{took:.0f}")
        print(LINE.format(row.id, row.fault, *numbers, "; ".join([tally.verdict, *tally.notes])), flush=True)
        failed += bool(tally.problems)
    return failed


if __name__ == "__main__":
    sys.exit(main())
