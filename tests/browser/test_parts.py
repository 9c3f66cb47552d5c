"""Parts for pages of others: the board of queues, the progress of a job."""

from collections.abc import Callable

from tests.browser.conftest import Served
from tests.jobs import Worker, make_call
from tests.waiting import wait_until
from web.services import NAME, Services

DROP_IN = """async () => {
  await import("/static/job-board.js");
  const board = Object.assign(document.createElement("job-board"), { id: "dropped" });
  board.setAttribute("queues", "default");
  document.querySelector("main").append(board);
}"""


# S2.18
def test_a_board_is_dropped_into_a_page_and_follows_its_queues(
    serve: Callable[..., Served], valkey_url: str, prefix: str
) -> None:
    served = serve(redis_url=valkey_url, prefix=prefix)
    services: Services = served.app.extensions[NAME]
    worker = Worker(services.links)
    job = services.client.enqueue(make_call(attempts=1))
    with served.board.look("viewer") as look:
        look.go("/admin/queues/schedules").page.evaluate(DROP_IN)
        board = look.page.locator("#dropped")
        board.get_by_role("rowheader", name="default").wait_for()
        board.get_by_text("Running (0)").wait_for()
        taken = worker.take()
        board.locator(f"[data-job='{job}']").get_by_text("add in default").wait_for()
        worker.fail(taken)
        board.get_by_text("Failed (1)").wait_for()
        wait_until(lambda: "the disk is on fire" in board.inner_text(), what="why it failed")
        assert look.wrong == []
