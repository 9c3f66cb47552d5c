"""Times as people read them."""

import pytest

from research.notifications.words import counted, lasted, moment


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0.0 s"),
        (1_240, "1.2 s"),
        (59_999, "59 s"),
        (200_000, "3 min 20 s"),
        (3_600_000, "1 h"),
        (90_061_000, "1 d 1 h"),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(ms: int, words: str) -> None:
    assert lasted(ms) == words


def test_times_are_told_in_utc_and_numbers_with_their_plural() -> None:
    assert moment(1_700_000_000_000) == "2023-11-14 22:13 UTC"
    assert (counted(1, "job"), counted(2_000, "job")) == ("1 job", "2,000 jobs")
