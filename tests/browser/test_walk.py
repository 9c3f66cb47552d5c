"""Every page, in both themes and widths: full, empty, with Redis away, and for somebody who may only look."""

import pytest

from tests.browser.looking import Board, Look
from tests.browser.places import about_one, places, routes

PAGES = sorted(name for name in places())
LIST_PAGES = [name for name in PAGES if not about_one(name)]
ADMIN_ONLY = ("audit", "settings?tab=variables")
# A theme changes colours and nothing else, so in the other one nothing else is tried again.
COLOURS = ("color-contrast", "link-in-text-block")
SIGHTS = ((False, 1400, ()), (True, 390, ()), (True, 1400, COLOURS), (False, 390, COLOURS))


def assert_no_fault(look: Look, sights: int = 2) -> None:
    """Nothing is wrong, wide and light, narrow and dark, and with four `sights` the other way round."""
    for dark, width, rules in SIGHTS[:sights]:
        assert look.at(dark=dark, width=width).faults(*rules) == [], (dark, width)


# S2.7, S4.45
@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_lab_at_work_has_no_fault(full: Board, name: str) -> None:
    with full.look() as look:
        look.go(places(full)[name])
        assert len([url for url in look.requests if not url.startswith("data:")]) <= 9  # the stream is one of them
        assert_no_fault(look, 4)
        assert not look.page.locator("h1").inner_text().startswith("Something went wrong")


@pytest.mark.parametrize("name", PAGES)
def test_who_may_only_look_is_offered_nothing_to_press(full: Board, name: str) -> None:
    refused = ("403",) if name in ADMIN_ONLY else ()
    with full.look("viewer", expected=refused) as look:
        look.go(places(full)[name])
        assert_no_fault(look)
        acts = look.page.locator("main [data-act], main [data-bulk]").all()
        assert [act.text_content() for act in acts if act.get_attribute("data-own") is None] == []


@pytest.mark.parametrize("name", LIST_PAGES)
def test_a_page_of_an_empty_board_says_what_is_missing(empty: Board, name: str) -> None:
    with empty.look() as look:
        look.go(places()[name])
        assert_no_fault(look)
        assert len(look.page.locator("main").inner_text().strip()) > 10


@pytest.mark.parametrize("name", LIST_PAGES)
def test_a_page_stays_while_redis_is_away(away: Board, name: str) -> None:
    with away.look(expected=("503", "Failed to load resource")) as look:
        look.go(places()[name])
        assert_no_fault(look)
        assert look.page.locator("nav.side a").count() >= 3
        assert "Traceback" not in look.page.locator("body").inner_text()


def test_every_page_of_the_side_bar_is_walked() -> None:
    from web.dashboard.words import PAGES as NAMED

    assert {name for name, *_ in NAMED} <= set(routes())


def test_nobody_is_led_to_the_page_for_signing_in(empty: Board) -> None:
    with empty.look("") as look:
        look.go("/admin/queues/flows")
        assert look.page.url.endswith("/sign-in?next=/admin/queues/flows")
        assert look.faults() == []
        look.page.get_by_label("Token").fill("wrong")
        look.expected = ("401",)
        look.page.keyboard.press("Enter")
        look.page.get_by_text("unknown, expired or revoked").wait_for()
        look.page.get_by_label("Token").fill(empty.tokens["viewer"])
        look.page.keyboard.press("Enter")
        look.page.wait_for_url(lambda url: url == f"{empty.base}/admin/queues/flows")
        look.page.wait_for_load_state()
        assert look.faults() == []


def test_the_address_that_up_prints_signs_in_and_keeps_no_token(empty: Board) -> None:
    with empty.look("") as look:
        look.go(f"/#token={empty.tokens['viewer']}")
        look.page.wait_for_url("**/admin/queues/")
        assert "token" not in look.page.url
        assert look.wrong == []
