"""What a child process does about its own memory."""

import sys

import psutil
import pytest

from callboard.worker.child_limits import MB, give_back_memory


def resident_mb() -> float:
    return psutil.Process().memory_info().rss / MB


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take freed pages back by themselves")
def test_memory_that_was_freed_below_what_is_still_used_goes_back_to_the_system() -> None:
    blocks = [b"%d" % n * 2**14 for n in range(3_000)]
    full = resident_mb()
    kept = blocks[-1]  # lies on top of all others
    blocks.clear()
    give_back_memory()
    assert full - resident_mb() > 100
    assert len(kept) == 4 * 2**14
