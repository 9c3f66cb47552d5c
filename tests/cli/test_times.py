"""Durations, times and values as they are typed and read."""

from datetime import UTC, datetime, timedelta

import click
import pytest

from cli.times import Duration, Moment, ago, brief, lasted, now
from cli.values import parse_pairs, parse_value


@pytest.mark.parametrize(
    ("text", "seconds"), [("5", 5), ("250ms", 0.25), ("1h30m", 5400), ("1.5d", 129_600), ("2m5s", 125), (" 3s ", 3)]
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert Duration().convert(text, None, None) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "5 minutes", "-5s", "5x", "s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected a duration"):
        Duration().convert(text, None, None)


def test_a_time_with_a_zone_is_read_as_it_is() -> None:
    assert Moment().convert("2031-05-04T09:30:00+02:00", None, None) == datetime(2031, 5, 4, 7, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_local() -> None:
    assert Moment().convert("2031-05-04 09:30", None, None) == datetime(2031, 5, 4, 9, 30).astimezone(UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_length_is_told_in_two_units_at_most(seconds: float, words: str) -> None:
    assert lasted(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(60, "1m"), (90, "90s"), (3600, "1h"), (0.25, "250ms"), (86_400, "1d")])
def test_a_length_is_told_as_it_is_typed(seconds: float, words: str) -> None:
    assert brief(seconds) == words


def test_what_was_and_what_will_be_are_told_apart() -> None:
    assert ago(now() - timedelta(minutes=3, seconds=5)) == "3 min ago"
    assert ago(now() + timedelta(seconds=20, milliseconds=900)) == "in 20 s"
    assert ago(None) == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("true", True), ("null", None), ("[1]", [1]), ('"5"', "5"), ("a b", "a b"), ("", ""), ("01", "01")],
)
def test_a_value_is_json_where_it_is_json(text: str, value: object) -> None:
    assert parse_value(text) == value


def test_an_argument_that_is_text_stays_text() -> None:
    assert parse_pairs(["id=007", "n=7", "id2=7", 'id3="7"'], {"id", "id2", "id3"}) == {
        "id": "007",
        "n": 7,
        "id2": "7",
        "id3": "7",
    }
