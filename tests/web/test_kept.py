from functools import partial
from itertools import count

import pytest

from web.kept import Kept


def test_an_answer_is_made_once_within_its_time_and_anew_for_who_must_not_share():
    now, shares, made = [100.0], [True], count(1)
    kept = Kept(lambda: shares[0], lambda: now[0])

    def ask() -> int:
        return kept.get("name", 3.0, lambda: next(made))

    assert (ask(), ask()) == (1, 1)
    now[0] += 3
    assert ask() == 2
    shares[0] = False
    assert ask() == 3
    shares[0] = True
    assert ask() == 3


def test_an_answer_that_fails_is_not_kept():
    kept = Kept(lambda: True)
    with pytest.raises(ZeroDivisionError):
        kept.get("name", 3.0, lambda: 1 // 0)
    assert kept.get("name", 3.0, lambda: "well") == "well"


def test_names_without_end_do_not_fill_the_memory():
    kept = Kept(lambda: True)
    for number in range(1_000):
        kept.get(number, 3.0, partial(int, number))
    assert len(kept._known) <= 200
