"""The page of the mission is whole: every line of the five documents, with what shows it."""

import re

from tests.house.mission import LINES, PAGE, lines, naming, written

PLANNED = re.compile(r"planned with the (API|live stream|web client|dashboard|deploy files|API and the dashboard)\Z")


# S1.7 S1.42
def test_every_line_of_the_five_documents_is_there() -> None:
    wanted = [f"{document}.{n}" for document, number in LINES.items() for n in range(1, number + 1)]
    assert [line.id for line in lines()] == wanted


def test_no_test_names_a_line_that_there_is_not() -> None:
    assert set(naming()) <= {line.id for line in lines()}


def test_every_line_is_shown_by_a_test_or_says_with_what_it_comes() -> None:
    found = naming()
    bare = [line.id for line in lines() if line.id not in found and not PLANNED.match(line.where)]
    # S4.35 is a requirement of which no document says anything.
    assert bare == ["S4.35"]


def test_every_line_has_a_page_for_newcomers() -> None:
    pages = {line.id: re.findall(r"\]\(([^)#]+)", line.where) for line in lines() if not PLANNED.match(line.where)}
    assert [id for id, found in pages.items() if not found] == []
    assert [(id, page) for id, found in pages.items() for page in found if not (PAGE.parent / page).is_file()] == []


def test_the_page_lists_the_tests_that_name_each_line() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "run `make docs`"
