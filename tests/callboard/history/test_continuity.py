import pytest

from callboard.broker.lookout import DataSet
from callboard.history.continuity import BEHIND, LOST, MEANINGS, SAME, judge
from callboard.history.position import Position

# Recorded up to event 50 of data A; then what Redis says of itself: name, mark, first event, has it event 50.
CASES = {
    "all is as it was": (("A", "50-0", "10-0", True), SAME),
    "the mark was lost": (("A", None, "10-0", True), SAME),
    "SQL lost its newest transactions, the stream reaches back": (("A", "90-0", "10-0", True), SAME),
    "SQL was put back, the stream begins after that": (("A", "90-0", "60-0", False), BEHIND),
    "events were dropped unrecorded": (("A", "50-0", "60-0", False), BEHIND),
    "the stream was deleted": (("A", "50-0", None, False), BEHIND),
    "an old dump": (("A", "40-0", "10-0", False), LOST),
    "an old dump on which work has begun": (("A", "40-0", "10-0", False), LOST),
    "an old dump of the time before recording": (("A", None, "10-0", False), LOST),
    "flushed": (("B", None, None, False), LOST),
    "flushed, and a name not given yet": ((None, None, None, False), LOST),
    "flushed, and work has begun": (("B", None, "70-0", False), LOST),
    "flushed, and a recorder wrote on before it noticed": (("B", "50-0", "50-0", True), LOST),
    "an old dump from before a flush": (("B", "40-0", "10-0", False), LOST),
    "an old backup of SQL from before a flush": (("B", "90-0", "60-0", False), BEHIND),
}


@pytest.mark.parametrize("name", CASES)
def test_what_redis_says_tells_which_of_the_two_has_gone_back(name: str) -> None:
    values, verdict = CASES[name]
    assert judge(Position("A", "50-0"), DataSet(*values)) == verdict


@pytest.mark.parametrize("recorded", [None, "0-0", "40-0"])
def test_data_that_are_to_be_recorded_from_their_start_go_on(recorded: str | None) -> None:
    assert judge(Position("A", "0-0"), DataSet("A", recorded, "10-0", False)) == SAME


def test_every_verdict_is_explained_and_comes_up() -> None:
    assert {verdict for _, verdict in CASES.values()} == set(MEANINGS)
