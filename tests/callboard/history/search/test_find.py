from typing import Any

import pytest
from sqlalchemy import Engine

from callboard.history.search import running
from callboard.history.search.cursor import Cursor
from callboard.history.search.errors import BadCursor
from callboard.history.search.find import Page, count, find, find_ids
from callboard.history.search.grammar import parse
from callboard.history.search.query import Everything
from callboard.history.search.time_limit import Limited, TimeUp
from tests.callboard.history.search.rows import NOW_MS, plain_row, store


def fill(engine: Engine, count: int, **values: Any) -> list[str]:
    """So many jobs; their ids, newest first."""
    rows = [plain_row(id=f"job-{number:04d}", **values) for number in range(count)]
    store(engine, rows)
    return [row["id"] for row in reversed(rows)]


def ids(page: Page) -> list[str]:
    return [job.id for job in page.jobs]


def test_pages_lead_from_the_newest_to_the_oldest_and_back(database: Engine) -> None:
    everyone = fill(database, 25)
    first = find(database, Everything(), limit=10)
    second = find(database, Everything(), first.next, limit=10)
    third = find(database, Everything(), second.next, limit=10)
    assert ids(first) + ids(second) + ids(third) == everyone
    assert (first.prev, third.next) == (None, None)
    back = find(database, Everything(), third.prev, limit=10)
    assert ids(back) == ids(second)
    assert ids(find(database, Everything(), back.next, limit=10)) == ids(third)
    assert ids(find(database, Everything(), back.prev, limit=10)) == ids(first)
    assert find(database, Everything(), back.prev, limit=10).prev is None


def test_jobs_that_come_between_do_not_move_the_next_page(database: Engine) -> None:
    everyone = fill(database, 10)
    first = find(database, Everything(), limit=5)
    store(database, [plain_row(id="later")])
    assert ids(find(database, Everything(), first.next, limit=5)) == everyone[5:]
    newest = find(database, Everything(), find(database, Everything(), first.next, limit=5).prev, limit=9)
    assert ids(newest) == ["later", *everyone[:5]]


@pytest.mark.parametrize(("limit", "given"), [(10**9, 200), (0, 1), (-5, 1)])
def test_a_page_has_between_one_and_200_jobs(database: Engine, limit: int, given: int) -> None:
    fill(database, 210)
    assert len(find(database, Everything(), limit=limit).jobs) == given


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "%00",
        "bzEyMw",
        str(Cursor("o", 5))[:-1],
        "A" + str(Cursor("o", 5)),
        str(Cursor("p", 5, 9)),
        "a" * 9_999,
    ],
)
def test_a_broken_cursor_is_refused(database: Engine, cursor: str) -> None:
    with pytest.raises(BadCursor, match="expected"):
        find(database, Everything(), cursor)


def test_a_cursor_of_a_page_is_none_of_a_batch(database: Engine) -> None:
    with pytest.raises(BadCursor, match="expected the cursor of a batch"):
        find_ids(database, Everything(), str(Cursor("o", 5)))


def test_the_count_is_that_of_all_pages(database: Engine) -> None:
    fill(database, 30)
    assert find(database, Everything(), limit=50).count == 30
    assert count(database, parse("state:waiting")).number == 30
    assert count(database, parse("state:waiting"), most=7).number == 7
    assert not count(database, parse("state:waiting"), most=7).exact


def test_a_count_whose_time_is_up_says_so(database: Engine) -> None:
    assert not count(database, Everything(), seconds=0).exact


def test_a_line_has_the_small_columns_and_the_beginning_of_the_long_ones(database: Engine) -> None:
    long = {"kwargs": '{"paper_id":5,"text":"' + "x" * 5_000 + '"}', "error_message": "y" * 500, "error_class": "bug"}
    several = {"args": "[1,[2]]", "kwargs": '{"paper_id":5,"name":"x"}', "tags": '["a"]', "progress": '{"percent":5}'}
    store(database, [plain_row(id="long", **long), plain_row(id="short", **several, started_ms=10**16)])
    short, cut = find(database, Everything()).jobs
    assert (short.arguments, short.tags, short.progress) == ("1, [2], paper_id=5, name=x", ["a"], {"percent": 5})
    assert short.enqueued_at is not None
    assert short.started_at is None  # no year that a calendar has
    assert cut.arguments.startswith('{"paper_id":5,"text":"xxx')
    assert (len(cut.arguments), len(cut.error or "")) == (120, 120)


def test_batches_of_ids_go_from_old_to_new_and_leave_out_what_comes_later(database: Engine) -> None:
    everyone = fill(database, 25)[::-1]
    first = find_ids(database, parse("state:waiting"), limit=10)
    store(database, [plain_row(id="later")])
    second = find_ids(database, parse("state:waiting"), first.after, limit=10)
    third = find_ids(database, parse("state:waiting"), second.after, limit=10)
    assert first.ids + second.ids + third.ids == everyone
    assert third.after is None


def test_there_are_no_ids_in_an_empty_history(database: Engine) -> None:
    assert find_ids(database, Everything()).ids == []
    assert find(database, Everything()).jobs == []


def give_up_after(monkeypatch: pytest.MonkeyPatch, statements: int) -> None:
    """Let time be up after so many statements, in pieces of ten jobs."""
    run, left = Limited.rows, iter(range(statements))

    def rows(sql: Limited, *given: Any) -> Any:
        if next(left, None) is None:
            raise TimeUp
        return run(sql, *given)

    for name, value in (("FIRST_PIECE", 10), ("LARGEST_PIECE", 10), ("SECONDS_AFTER", 60.0), ("SECONDS", 60.0)):
        monkeypatch.setattr(running, name, value)
    monkeypatch.setattr(Limited, "rows", rows)


def test_a_search_that_takes_too_long_is_cut_says_so_and_can_be_gone_on_with(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = fill(database, 50, attempt=2)
    with monkeypatch.context() as patched:
        give_up_after(patched, 4)
        cut = find(database, parse("attempt:2"))
    assert ids(cut) == everyone[:20]
    assert (cut.cut, cut.count) == ("latest 20 searched; narrow by time", None)
    with monkeypatch.context() as patched:
        give_up_after(patched, 2)
        more = find(database, parse("attempt:2"), cut.next)
    assert ids(more) == everyone[20:30]
    assert more.cut == "10 searched from here on; narrow by time"
    rest = find(database, parse("attempt:2"), more.next)
    assert (ids(rest), rest.cut) == (everyone[30:], None)


def test_ids_of_a_search_that_is_cut_are_found_by_going_on(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    everyone = fill(database, 50, attempt=2)
    with monkeypatch.context() as patched:
        give_up_after(patched, 2)
        first = find_ids(database, parse("attempt:2"))
    rest = find_ids(database, parse("attempt:2"), first.after)
    assert first.ids + rest.ids == everyone[::-1]


def test_an_index_that_leads_nowhere_gives_way_to_the_newest_jobs(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = fill(database, 30, attempt=2)
    monkeypatch.setattr(running, "SECONDS", 0.0)
    monkeypatch.setattr(running, "SECONDS_AFTER", 60.0)
    page = find(database, parse("state:waiting attempt:2"), now_ms=NOW_MS)
    assert (ids(page), page.cut) == (everyone, None)


def test_without_any_time_nothing_is_searched_and_the_same_page_comes_next(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = fill(database, 5, attempt=2)
    with monkeypatch.context() as patched:
        give_up_after(patched, 0)
        page = find(database, parse("state:waiting"))
    assert (page.jobs, page.cut) == ([], "latest 0 searched; narrow by time")
    assert ids(find(database, parse("state:waiting"), page.next)) == everyone


@pytest.mark.parametrize(
    "kwargs", ['{"password":"hunter2","file":"a.pdf"}', '{"login":{"api_key":"hunter2"},"file":"a.pdf"}']
)
def test_secrets_among_the_arguments_are_hidden(database: Engine, kwargs: str) -> None:
    long = kwargs[:-1] + ',"text":"' + "x" * 2_000 + '"}'  # too long to be read as a whole
    store(database, [plain_row(id="short", kwargs=kwargs), plain_row(id="long", kwargs=long)])
    for job in find(database, Everything()).jobs:
        assert "hunter2" not in job.arguments
        assert "a.pdf" in job.arguments
