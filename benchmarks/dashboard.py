"""The pages over a history of a million jobs, in Chromium: first byte, largest paint, transfer, event to screen.

Needs Chromium; where there is none the figures are left out. The list over the API needs no browser.
"""

from __future__ import annotations

import http.client
import json
import random
import statistics
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from benchmarks.bench import Bench, until
from benchmarks.history_jobs import QUEUES, TYPES, fill
from benchmarks.live import LiveProcess, live_process
from benchmarks.readers import recorder
from callboard.broker.client import Client
from callboard.broker.connect import open_links
from callboard.history.database import connect
from callboard.history.search.cursor import Cursor
from callboard.jobs.settings import Settings
from tests.chromium import CHROMIUM, chromium, sign_in
from tests.jobs import Worker, make_call

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

JOBS, ASKED, LOADS, VIEWERS, EVENTS = 1_000_000, 100, 7, 10, 20
QUEUE: Final = "bench-screen"
# What a page took: milliseconds to its first byte and its largest paint, blocked beyond 50 ms, shifts, bytes, requests.
TOOK: Final = """() => new Promise((done) => {
  const seen = { lcp: 0, cls: 0, tbt: 0 };
  const watch = (type, each) => new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  watch("largest-contentful-paint", (entry) => (seen.lcp = entry.startTime));
  watch("layout-shift", (entry) => (seen.cls += entry.value));
  watch("longtask", (entry) => (seen.tbt += Math.max(0, entry.duration - 50)));
  setTimeout(() => {
    const [page] = performance.getEntriesByType("navigation");
    const parts = performance.getEntriesByType("resource");
    const bytes = [page, ...parts].reduce((sum, { transferSize }) => sum + transferSize, 0);
    done({ ...seen, ttfb: page.responseStart, kb: bytes / 1000, requests: 1 + parts.length });
  }, 1500);
})"""  # noqa: E501
# Notes when a row of a job shows a state, by the clock of this machine, and how far the page moves under the reader.
NOTE: Final = """() => {
  globalThis.shown = {};
  globalThis.moved = 0;
  new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (moved += value))).observe({ type: "layout-shift" });
  new MutationObserver((changes) => changes.forEach(({ target }) => {
    if (target.dataset?.job) globalThis.shown[`${target.dataset.job} ${target.dataset.state}`] ??= Date.now();
  })).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-state"] });
}"""  # noqa: E501


def measure(bench: Bench) -> dict[str, float]:
    """The figures of the pages."""
    bench.empty()
    with live_process(bench, "web") as web:
        count = bench.many(JOBS, least=2_000)
        _history(bench, count)
        figures = _asked(web, count)
        if not CHROMIUM:
            sys.stderr.write("no Chromium is installed here: the pages are not measured\n")
            return figures
        with chromium() as browser, recorder(bench):
            figures |= _loaded(browser, web, bench) | _event_to_screen(browser, web, bench)
        return figures | {"web_memory": web.memory_mb}


def _history(bench: Bench, count: int) -> None:
    engine = connect(replace(Settings(), home=bench.folder.parent / "web-home").sql_url)
    fill(engine, count)
    engine.dispose()


def _asked(web: LiveProcess, count: int) -> dict[str, float]:
    """The list over the API at its begin and deep in it, and the page of the jobs with searches."""
    dice = random.Random(6)
    deep = f"/api/v1/jobs?limit=50&cursor={Cursor('o', count // 2)}"
    searches = [
        "",
        "?q=state:failed",
        f"?q=queue:{QUEUES[0]}",
        f"?q=type:{TYPES[0]}",
        f"?cursor={Cursor('o', count // 2)}",
    ]
    paths = {
        "list_first": lambda: "/api/v1/jobs?limit=50",
        "list_deep": lambda: deep,
        "page_ttfb": lambda: "/admin/queues/jobs" + dice.choice(searches),
    }
    figures: dict[str, float] = {}
    for name, path in paths.items():
        _first_byte(web, path())
        figures[name] = _p95([_first_byte(web, path())[0] for _ in range(ASKED)])
    return figures | {"list_kb": len(_first_byte(web, deep)[1]) / 1000}


def _first_byte(web: LiveProcess, path: str) -> tuple[float, bytes]:
    """Milliseconds until an answer begins, and the whole of it."""
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    connection.connect()
    began = time.perf_counter()
    connection.request("GET", path, headers={"Authorization": f"Bearer {web.token}", "Accept": "text/html,*/*"})
    answer = connection.getresponse()
    took = (time.perf_counter() - began) * 1000
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return took, body


def _window(browser: Browser, web: LiveProcess) -> BrowserContext:
    """A window of somebody who has signed in, with nothing in its cache."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    sign_in(context, f"http://127.0.0.1:{web.port}", web.token)
    return context


def _loaded(browser: Browser, web: LiveProcess, bench: Bench) -> dict[str, float]:
    """The page of the jobs as a browser loads it cold; medians."""
    took: list[dict[str, float]] = []
    for _ in range(min(LOADS, bench.many(LOADS, least=1))):
        window = _window(browser, web)
        page = window.new_page()
        page.goto(f"http://127.0.0.1:{web.port}/admin/queues/jobs", wait_until="load")
        took.append(page.evaluate(TOOK))
        window.close()
    middle = {name: statistics.median(one[name] for one in took) for name in took[0]}
    middle["tbt"] += 1
    names = {"tbt": "page_tbt", "lcp": "page_lcp", "kb": "page_kb", "requests": "page_requests"}
    return {figure: middle[name] for name, figure in names.items()}


def _event_to_screen(browser: Browser, web: LiveProcess, bench: Bench) -> dict[str, float]:
    """Ten windows look at a queue while its jobs start and end: how late each shows it."""
    settings = replace(Settings(), redis_url=bench.url, home=bench.folder.parent / "web-home")
    links = open_links(settings)
    client, worker = Client(links), Worker(links, QUEUE)
    ids = [client.enqueue(make_call(queue=QUEUE)) for _ in range(min(EVENTS, bench.many(EVENTS, least=2)))]
    until(
        lambda: json.loads(_first_byte(web, f"/api/v1/jobs?q=queue:{QUEUE}")[1])["count"] == len(ids),
        "all are recorded",
    )
    windows = [_window(browser, web) for _ in range(min(VIEWERS, bench.many(VIEWERS, least=2)))]
    pages = [window.new_page() for window in windows]
    for page in pages:
        page.goto(f"http://127.0.0.1:{web.port}/admin/queues/jobs?q=queue:{QUEUE}", wait_until="load")
        page.evaluate(NOTE)
        page.locator("#live[data-state='live']").wait_for(timeout=20_000)
    done: dict[str, float] = {}
    over = threading.Thread(target=_run, args=(worker, done))
    over.start()
    while over.is_alive():
        pages[0].wait_for_timeout(100)
    pages[0].wait_for_timeout(1_500)
    late = [at - done[key] for page in pages for key, at in _shown(page).items() if key in done]
    moved = max(float(page.evaluate("() => moved")) for page in pages)
    for window in windows:
        window.close()
    links.close()
    seen = len(late) / (len(ids) * len(pages) * 2)
    return {
        "screen_p50": statistics.median(late),
        "screen_p99": _p99(late),
        "screen_seen": 100 * seen,
        "screen_moved": 1000 * moved + 1,
    }


def _run(worker: Worker, done: dict[str, float]) -> None:
    """Run all jobs of the queue, noting when each started and ended."""
    while taken := worker.fetch():
        for job in taken:
            done[f"{job.id} active"] = time.time() * 1000
            time.sleep(0.5)
            done[f"{job.id} completed"] = time.time() * 1000
            worker.complete(job)
            time.sleep(0.5)


def _shown(page: Page) -> dict[str, float]:
    told: dict[str, float] = json.loads(page.evaluate("() => JSON.stringify(shown)"))
    return told


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def _p99(values: list[Any]) -> float:
    return float(sorted(values)[min(len(values) - 1, int(len(values) * 0.99))])
