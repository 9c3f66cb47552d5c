"""docs/schedules.md says what the code does."""

import re
import shlex
from datetime import UTC, datetime, timedelta

import click
import pytest

from callboard.jobs.cron import MACROS, find_zone, parse_cron
from callboard.jobs.schedule import ON_MISSED, OVERLAPS
from cli.main import root
from cli.words import Words
from scheduler.ticks import TICKS
from scheduler.timetable import TIMETABLE
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "schedules.md").read_text()


def rows(table: str) -> list[list[str]]:
    """The cells of a table of the page, without its head."""
    part = re.search(rf"<!-- table: {table} -->(.*?)<!-- end -->", PAGE, re.DOTALL)
    assert part, f"the page has no table {table}"
    lines = [line for line in part[1].splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def commands() -> list[list[str]]:
    """The commands of the page, as words."""
    block = re.search(r"```\n(callboard.*?)```", PAGE, re.DOTALL)
    assert block
    return [shlex.split(re.split(r" {3,}", line)[0]) for line in block[1].splitlines()]


@pytest.mark.parametrize("row", rows("clock"), ids=lambda row: " ".join(row[:3]))
def test_the_page_tells_when_a_schedule_comes_as_the_clock_changes(row: list[str]) -> None:
    zone, cron, day, comes = row[0], row[1], row[2][:10], row[3][:5]
    place = find_zone(zone)
    begin = datetime.fromisoformat(day).replace(tzinfo=place)
    found = []
    for at in parse_cron(cron).after(begin.astimezone(UTC) - timedelta(seconds=1), place):
        if at.astimezone(place).date() != begin.date():
            break
        found.append(at.astimezone(place))
    assert [f"{at:%H:%M}" for at in found] == [comes]
    twice = found[0].replace(fold=1).utcoffset() != found[0].utcoffset()
    assert ("first of two" in row[3]) == twice


def test_the_page_lists_policies_words_and_schedules() -> None:
    assert dict(rows("missed")) == ON_MISSED
    assert dict(rows("overlap")) == OVERLAPS
    assert all(f"`{word}`" in PAGE for word in MACROS)
    assert all(f"`{schedule.name}`" in PAGE for schedule in TIMETABLE)


def test_the_page_lists_every_duty() -> None:
    told = [(name, every, alone) for name, every, alone, _ in rows("ticks")]
    assert told == [(tick.name, f"{tick.every:g} s", "yes" if tick.alone else "") for tick in TICKS]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_of_the_page_is_understood(words: list[str]) -> None:
    context = root.make_context("callboard", words[1:], resilient_parsing=False)
    command: click.Command = root
    left = words[1:]
    while isinstance(command, Words) and left and not left[0].startswith("-"):
        found = command.get_command(context, left[0])
        assert found is not None, f"{left[0]} is no command"
        command, left = found, left[1:]
    command.parse_args(click.Context(command), [word for word in left if word != "--dry-run"])
