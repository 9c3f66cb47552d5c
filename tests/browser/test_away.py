"""Redis stops and comes back under an open page: the page stays, says why, and is live again by itself."""

from collections.abc import Callable
from pathlib import Path

from callboard.broker.embedded import start_embedded
from tests.browser.conftest import Served
from tests.jobs import make_call
from tests.waiting import wait_until
from web.services import NAME, Services

COUNT = "#side a[data-letter='j'] .count"


def test_a_page_outlives_its_redis(serve: Callable[..., Served], tmp_path: Path) -> None:
    server = start_embedded(tmp_path)
    served = serve(redis_url=server.url)
    services: Services = served.app.extensions[NAME]
    try:
        services.client.enqueue(make_call())
        with served.board.look(expected=("503", "Failed to load resource")) as look:
            look.go("/admin/queues/flows")
            live = look.page.locator("#live")
            wait_until(lambda: live.get_attribute("data-state") == "live", what="live")
            server.stop()
            look.page.get_by_text("This cannot be read now").first.wait_for(timeout=30_000)
            wait_until(lambda: live.get_attribute("data-state") == "away", what="not live")
            wait_until(lambda: "Stale" in live.inner_text(), what="it says since when")
            assert "Redis" in look.page.locator("main").inner_text()
            assert look.page.locator("nav.side a").count() > 3
            assert look.faults() == []
            server = start_embedded(tmp_path)
            wait_until(lambda: live.get_attribute("data-state") == "live", what="live again")
            look.page.get_by_text("This cannot be read now").first.wait_for(state="hidden", timeout=30_000)
            services.client.enqueue(make_call())
            wait_until(lambda: look.page.locator(COUNT).first.get_attribute("title") == "2 running and waiting")
    finally:
        server.stop()
