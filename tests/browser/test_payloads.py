"""Scripts in every stored string: on every page they are text."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Served
from tests.browser.looking import Board
from tests.browser.places import places
from tests.web.conftest import bearing
from tests.web.payloads import PAYLOADS, seed
from web.services import NAME

HIT = "globalThis.hits = []; globalThis.hit = (n) => globalThis.hits.push(n);"


@pytest.fixture
def hostile(serve: Callable[..., Served], valkey_url: str, prefix: str) -> Board:
    """A board full of them."""
    served = serve(redis_url=valkey_url, prefix=prefix)
    seed(served.app.extensions[NAME], bearing(served.app, served.board.tokens["admin"]))
    return served.board


def test_no_page_runs_what_somebody_stored(hostile: Board) -> None:
    found: dict[str, object] = {}
    with hostile.look(expected=("Failed to load resource",)) as look:
        look.page.add_init_script(HIT)
        for name, path in places(hostile).items():
            look.go(path)
            look.page.evaluate("document.querySelectorAll('main details').forEach((part) => (part.open = true))")
            look.page.mouse.move(700, 400)
            wrong = [*look.page.evaluate("hits"), *look.wrong]
            look.wrong.clear()
            if wrong or look.page.evaluate("document.querySelectorAll('main script, main iframe, base').length"):
                found[name] = wrong
    assert len(PAYLOADS) == 30
    assert found == {}
