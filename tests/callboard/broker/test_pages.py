import re
from pathlib import Path

import pytest

from callboard.broker.keys import KEYS, RECORD_FIELDS
from callboard.broker.pages import EVENT_FIELDS, TABLES, with_tables
from callboard.broker.scripts import LUA, read_header
from callboard.jobs.states import EVENTS, REASONS, STATES, TRANSITIONS
from tests.house.sources import ROOT

PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text() for name in ("lifecycle", "redis")}


def first_cells(page: str, table: str) -> list[str]:
    """The words in the first column of a table of a page."""
    part = re.search(rf"<!-- table: {table} -->(.*?)<!-- end -->", PAGES[page], re.DOTALL)
    assert part, f"docs/{page}.md has no table {table}"
    return re.findall(r"^\| `([^`]+)`", part[1], re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_of_a_page_are_those_made_from_the_code(page: str) -> None:
    assert PAGES[page] == with_tables(PAGES[page]), f"docs/{page}.md is behind the code; run `make docs`"


def test_every_table_that_is_made_is_on_a_page() -> None:
    shown = [name for page in PAGES.values() for name in re.findall(r"<!-- table: (\w+) -->", page)]
    assert sorted(shown) == sorted(TABLES)


def test_the_life_of_a_job_is_described_whole() -> None:
    assert first_cells("lifecycle", "states") == list(STATES)
    assert first_cells("lifecycle", "reasons") == list(REASONS)
    assert first_cells("lifecycle", "verbs") == [transition.verb for transition in TRANSITIONS]
    assert set(first_cells("lifecycle", "events")) | {"queue:stats"} == set(EVENTS)
    assert "`queue:stats`" in PAGES["lifecycle"]


def test_every_key_field_and_event_field_is_described() -> None:
    assert first_cells("redis", "keys") == [key.pattern for key in KEYS]
    assert first_cells("redis", "record") == list(RECORD_FIELDS)
    written = re.findall(r"'(\w+)', \1\b", (LUA / "lib" / "emit.lua").read_text())
    assert first_cells("redis", "event") == list(EVENT_FIELDS) == written


def test_every_event_that_a_script_promises_is_listed() -> None:
    promised = {event for path in LUA.glob("*.lua") for event in promises(path)}
    assert promised == set(EVENTS) - {"queue:stats"}


def promises(path: Path) -> list[str]:
    return re.findall(r"\w+:\w+", read_header(path.read_text()).fields["Emits"])


def test_a_table_that_is_behind_is_written_anew() -> None:
    page = "before\n<!-- table: record -->\nyesterday\n<!-- end -->\nafter"
    fresh = with_tables(page)
    assert "yesterday" not in fresh
    assert fresh.startswith("before\n<!-- table: record -->\n\n| field | holds |\n")
    assert fresh.endswith("<!-- end -->\nafter")
