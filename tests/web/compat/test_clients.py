"""The clients of S1, S3 and S5 as their documents print them, against a real server with a real worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from werkzeug.serving import make_server

from actors import services
from tests.platform_worker import Platform
from tests.waiting import wait_until
from tests.web.compat.documents import (
    S1_CURLS,
    S3_CLIENT,
    S5_AI_CONTENT,
    S5_CACHE_WARM,
    S5_CANCEL,
    S5_IMPORT,
    S5_POLL,
    S5_QUEUES,
)
from tests.web.compat.printed import Printed, curls, fetches
from web.app import create_app

WORKBOOK = Path(__file__).parents[2] / "data" / "excel" / "deaths.xlsx"
FINAL = ("completed", "failed")
ASSESSMENT = (
    "The student was assessed over three sessions in the autumn term. Her reading comprehension was found to be above "
    "the average of her age group. Measures of working memory were significantly below what her verbal scores predict. "
    "We recommend additional time in written examinations and a quiet room. The results show that her working memory "
    "limits the speed of her written work."
)


class Client:
    """Sends printed requests to a server."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.Client(base_url=url, timeout=30)

    def say(self, printed: Printed, **more: Any) -> httpx2.Response:
        """The answer to a printed request."""
        return self.http.request(
            printed.method,
            printed.path,
            headers=printed.headers,
            content=printed.body and printed.body.encode(),
            **more,
        )

    def ask(self, printed: Printed, **more: Any) -> Any:
        """What the answer says; its status is one that `fetch` takes for good."""
        answer = self.say(printed, **more)
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture
def client(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client without a token, of a server on a port of its own whose loopback is open."""
    chosen = replace(platform.settings, open_loopback=True)
    monkeypatch.setattr(services, "settings", lambda: chosen)
    for made in (services.database, services.files):
        made.cache_clear()
    app = create_app(chosen)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    client = Client(f"http://127.0.0.1:{server.server_port}")
    yield client
    client.http.close()
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["callboard"].links.close()
    app.extensions["callboard"].engine.dispose()
    for made in (services.database, services.files):
        made.cache_clear()


# S1.27 S1.28 S1.29 S1.32 S1.48
def test_the_curl_lines_of_s1_run_as_printed(client: Client) -> None:
    create, status, queue, health = curls(S1_CURLS)
    job = client.ask(create)
    assert (job["status"], bool(job["message"])) == ("waiting", True)
    status = replace(status, path=status.path.replace("job-id-here", job["jobId"]))
    wait_until(lambda: client.ask(status)["status"] in FINAL, every=0.1, what="it has ended")
    ended = client.ask(status)
    # Nobody has stored that paper, and that no retry can help is told at once.
    assert (ended["status"], "paper-123" in ended["error"]) == ("failed", True)
    again = client.http.post(f"{status.path}/retry")
    assert (again.json()["success"], again.json()["jobId"]) == (True, job["jobId"])
    assert client.ask(queue)["isHealthy"] is True
    assert (client.ask(health)["healthy"], client.ask(health)["details"]["workers"]) == (True, 1)


def s3_poll(client: Client, job_id: str) -> tuple[Any, list[int]]:
    """S3's `pollJobStatus`, its second shortened: at most 120 looks, then the result; and what the bar has shown."""
    _, status, result = fetches(S3_CLIENT, documentText="", jobId=job_id)
    shown: list[int] = []

    def look() -> Any:
        said = client.ask(status)
        if said["status"] == "completed":
            return client.ask(result)
        if said["status"] == "failed":
            raise AssertionError(said.get("error") or "Analysis failed")
        shown.append(said["progress"])
        return None

    return wait_until(look, seconds=60, every=0.1, what="the analysis has ended"), shown


# S3.1 S3.2 S3.18 S3.15
def test_the_client_of_s3_gets_its_report(client: Client) -> None:
    submit, *_ = fetches(S3_CLIENT, documentText=ASSESSMENT, jobId="")
    found, shown = s3_poll(client, client.ask(submit)["jobId"])
    assert found["status"] == "completed"
    assert "working memory" in found["result"]["markdown_report"]
    assert found["result"]["analysis_data"]
    assert [number for number in shown if type(number) is not int or not 0 <= number <= 100] == []


def s5_track(client: Client, job_type: str, job_id: str) -> dict[str, Any]:
    """S5's `trackJobProgress`, its two seconds shortened: until the job has completed or failed."""
    (poll,) = fetches(S5_POLL, jobType=job_type, jobId=job_id)
    seen: list[str] = []

    def look() -> dict[str, Any] | None:
        data: dict[str, Any] = client.ask(poll)["data"]
        seen.append(f"Progress: {data['progress']}%")
        return data if data["state"] in FINAL else None

    found = wait_until(look, seconds=60, every=0.1, what="the job has ended")
    assert found
    assert seen
    return found


# S5.11 S5.12 S5.20
def test_the_client_of_s5_imports_a_workbook(client: Client) -> None:
    (request,) = fetches(S5_IMPORT)
    with WORKBOOK.open("rb") as file:
        result = client.ask(request, files={"file": ("compat.xlsx", file)})
    assert (result["success"], result["data"]["async"]) == (True, True)
    data = s5_track(client, "excel_import", result["data"]["jobId"])
    assert (data["state"], data["progress"], data["result"]["inserted"]) == ("completed", 100, 20)
    small = replace(request, path=request.path.partition("?")[0])
    with WORKBOOK.open("rb") as file:
        result = client.ask(small, files={"file": ("compat.xlsx", file)})
    assert (result["data"]["async"], result["data"]["result"]["updated"]) == (False, 20)


# S5.13 S5.14 S5.15 S5.16 S5.17 S5.18 S5.19 S5.20
def test_the_requests_of_s5_run_as_printed(client: Client, platform: Platform) -> None:
    ai, cache = (client.ask(*fetches(script)) for script in (S5_AI_CONTENT, S5_CACHE_WARM))
    failed = s5_track(client, "ai_content_generation", ai["data"]["jobId"])
    assert (failed["state"], "OPENAI_API_KEY" in failed["failedReason"]) == ("failed", True)
    assert s5_track(client, "cache_warm", cache["data"]["jobId"])["state"] in FINAL
    stats, pause, resume, clean = fetches(S5_QUEUES)
    assert {"waiting", "active", "completed", "failed", "delayed"} <= set(client.ask(stats)["data"]["excel-import"])
    assert client.ask(pause)["data"]["paused"] is True
    held = client.ask(fetches(S5_IMPORT)[0], files={"file": ("held.csv", b"a,b\n1,2\n")})
    (cancel,) = fetches(S5_CANCEL, jobId=held["data"]["jobId"])
    assert client.ask(cancel)["success"] is True
    assert client.ask(resume)["data"]["paused"] is False
    assert client.ask(clean)["success"] is True
    assert platform.store.get(held["data"]["jobId"]).state == "cancelled"
