"""Two pages of one browser share a connection, and both are live."""

from collections.abc import Callable

from tests.browser.conftest import Served
from tests.jobs import make_call
from web.live.live import NAME as LIVE
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
            page.locator("#live[data-state='live']").wait_for()
        assert len(served.app.extensions[LIVE].hub.listeners()) == 1
        services.client.enqueue(make_call())
        for page in pages:
            page.locator("#side a[data-letter='j'] .count[title='2 running and waiting']").first.wait_for()
        assert look.wrong == []
