"""Two pages of one browser share a connection, and both are live."""

from collections.abc import Callable

from tests.browser.conftest import Served
from tests.jobs import make_call
from tests.waiting import wait_until
from web.services import NAME, Services


def test_a_second_page_joins_the_connection_of_the_first(
    serve: Callable[..., Served], valkey_url: str, prefix: str
) -> None:
    served = serve(redis_url=valkey_url, prefix=prefix)
    services: Services = served.app.extensions[NAME]
    services.client.enqueue(make_call())
    with served.board.look() as look:
        pages = [look.page, look.page.context.new_page()]
        for page in pages:
            page.goto(served.board.base + "/admin/queues/queues/default")
            live = page.locator("#live")
            wait_until(lambda live=live: live.get_attribute("data-state") == "live", what="live")
        assert len(served.app.extensions["callboard.live"].hub.listeners()) == 1
        services.client.enqueue(make_call())
        for page in pages:
            count = page.locator("#side a[data-letter='j'] .count").first
            wait_until(
                lambda count=count: count.get_attribute("title") == "2 running and waiting", what="it is counted"
            )
        assert look.wrong == []
