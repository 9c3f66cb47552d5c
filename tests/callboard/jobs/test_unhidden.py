"""What was shown with its secrets hidden and comes back."""

from typing import Any

import pytest

from callboard.jobs.masking import hide, unhidden

OWN: dict[str, Any] = {
    "to": "a@b.example",
    "password": "tulips",
    "count": 1,
    "server": {"api_key": "k", "url": "redis://ann:tulips@host/0"},
    "rows": [{"token": "x"}, 2],
}


def test_what_comes_back_as_it_was_shown_is_what_it_was() -> None:
    assert unhidden(hide(OWN), OWN) == OWN


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"password": "roses"}, {"password": "roses"}),
        ({"other": "********"}, {"other": "********"}),
        ({"count": True}, {"count": True}),
        ({"server": {"api_key": "********", "url": "redis://new"}}, {"server": {"api_key": "k", "url": "redis://new"}}),
        ({"rows": [{"token": "********"}, 3]}, {"rows": [{"token": "x"}, 3]}),
        ({"rows": [{"token": "********"}]}, {"rows": [{"token": "********"}]}),
    ],
)
def test_what_was_changed_is_taken_as_it_comes(sent: dict[str, Any], kept: dict[str, Any]) -> None:
    found = unhidden(sent, OWN)
    assert found == kept
    assert repr(found) == repr(kept)  # where True is not 1
