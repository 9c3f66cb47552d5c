"""The client for web pages in a real browser: stores, the element, the one connection, the content security policy."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.typing import ResponseReturnValue

from callboard.jobs.settings import Settings
from tests.chromium import CHROMIUM, FLAGS
from tests.jobs import Worker, make_call
from tests.waiting import wait_until
from tests.web.conftest import put_away
from web.app import create_app
from web.live.live import Live
from web.rules import PUBLIC, RULES
from web.services import Services

PAGE = """<!doctype html><html lang="en"><title>Jobs</title>
<body><job-progress job="{id}" label="Import"></job-progress>
<script type="module" src="/try.js"></script></body></html>"""
SCRIPT = """
const seen = { refused: [], violations: [], frames: [] };
document.addEventListener("securitypolicyviolation", (event) => seen.violations.push(event.violatedDirective));
addEventListener("error", (event) => seen.refused.push(String(event.message)));
addEventListener("unhandledrejection", (event) => seen.refused.push(String(event.reason)));
const started = await fetch("/session", {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token: "TOKEN" }),
});
const client = await import("/static/jobs-client.js");
await import("/static/job-progress.js");
const stores = {
  followed: client.useJobProgress("JOB"), monitored: client.useJobMonitor("default", "JOB"),
  missing: client.useJobProgress("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
  updates: client.useJobUpdates({ queues: ["default"] }), system: client.useBackgroundJobs(),
};
for (const store of Object.values(stores)) store.subscribe(() => {});
client.subscribe(["job:JOB"], (frame) => seen.frames.push(frame.type));
const element = document.querySelector("job-progress");
for (;;) {
  const values = Object.fromEntries(Object.entries(stores).map(([name, store]) => [name, store.getSnapshot()]));
  const aria = Object.fromEntries(element.getAttributeNames().map((name) => [name, element.getAttribute(name)]));
  const body = JSON.stringify({ ...seen, ...values, aria, text: element.textContent, session: started.status });
  const order = await fetch("/report", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if ((await order.text()) === "retry") stores.monitored.retry().catch((error) => seen.refused.push(error.message));
  await new Promise((done) => setTimeout(done, 50));
}
"""


class Page:
    """What the page has reported last, and what it is to do next."""

    def __init__(self) -> None:
        self.now: dict[str, Any] = {}
        self.order = ""

    def report(self) -> str:
        """Take a report; the answer is an order."""
        self.now = json.loads(request.get_data())
        order, self.order = self.order, ""
        return order


@pytest.fixture
def app(chosen: Settings) -> Iterator[Flask]:
    """An application of this test's own, for it is given routes."""
    own = create_app(chosen)
    own.testing = True
    yield own
    put_away(own)


@pytest.fixture
def job(services: Services) -> str:
    """A job that waits."""
    return services.client.enqueue(make_call(attempts=1))


@pytest.fixture
def page(
    app: Flask, job: str, token: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[Page]:  # fmt: skip
    """A page of ours, open in a browser, with a session of an operator."""
    if not CHROMIUM:
        pytest.skip("no Chromium is installed here, so the client for web pages is not tried in a browser")
    page, text = Page(), SCRIPT.replace("TOKEN", token("operator")).replace("JOB", job)
    views: dict[str, Callable[[], ResponseReturnValue]] = {
        "/try": lambda: PAGE.format(id=job),
        "/try.js": lambda: (text, {"Content-Type": "text/javascript"}),
        "/report": page.report,
    }
    for path, view in views.items():
        method = "POST" if path == "/report" else "GET"
        app.add_url_rule(path, view_func=view, endpoint=path, methods=[method])
        monkeypatch.setitem(RULES, (method, path), PUBLIC)
    port = request.getfixturevalue("served")
    own = f"--user-data-dir={tmp_path / 'browser'}"
    words = [CHROMIUM, "--headless=new", *FLAGS, own]
    with subprocess.Popen(
        [*words, f"http://127.0.0.1:{port}/try"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as browser:
        yield page
        browser.terminate()


# S1.25, S1.26, S2.19, S2.20, S3.18, S5.20
def test_a_page_follows_a_job_through_one_connection_and_runs_it_again(
    page: Page, services: Services, live: Live, job: str
) -> None:
    wait_until(lambda: (page.now.get("followed") or {}).get("jobStatus"), what="the page shows the job")
    wait_until(lambda: live.figures()["clients"] == 1, what="one connection serves all stores")
    assert page.now["missing"] == {"jobStatus": None, "isLoading": False, "error": None}
    worker = Worker(services.links)
    taken = worker.take()
    worker.say("progress", job, taken.fence, '{"done":2,"total":8,"percent":25.0,"step":"rows"}')
    wait_until(lambda: (page.now["monitored"]["progress"] or {}).get("percentage") == 25.0, what="25 percent")
    assert page.now["followed"]["jobStatus"]["status"] == "active"
    assert page.now["followed"]["jobStatus"]["progress"] == 25
    wait_until(lambda: page.now["aria"].get("aria-valuenow") == "25", what="the element shows it")
    assert page.now["aria"] | {"role": "progressbar", "aria-label": "Import"} == page.now["aria"]
    assert "rows" in page.now["text"]
    wait_until(lambda: [one["id"] for one in page.now["updates"]["activeJobs"]] == [job], what="it is active")
    worker.fail(taken)
    wait_until(lambda: page.now["followed"]["jobStatus"].get("error") == "the disk is on fire", what="why it failed")
    wait_until(lambda: [one["id"] for one in page.now["updates"]["failedJobs"]] == [job], what="it has failed")
    page.order = "retry"
    wait_until(lambda: services.store.get(job).state == "waiting", what="the page runs it again")
    worker.complete(worker.take(), result={"rows": 8})
    wait_until(lambda: page.now["followed"]["jobStatus"].get("result") == {"rows": 8}, what="the result")
    wait_until(lambda: page.now["updates"]["queueStats"].get("default", {}).get("completed") == 1, what="counts")
    assert page.now["aria"]["aria-valuetext"] == "completed"
    assert page.now["system"]["queueStatus"]["completed"] >= 0
    assert (page.now["refused"], page.now["violations"], page.now["session"]) == ([], [], 200)
