"""How soon the API answers that 100,000 failed jobs are to be retried, how fast they are, how often it says how far."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.bench import Bench
from benchmarks.jobs import QUEUE, ours
from benchmarks.retry import failed
from callboard.history.database import writing
from callboard.history.recorder import Recorder
from callboard.history.schema import HISTORY
from callboard.history.tokens import create_token
from callboard.jobs.settings import Settings
from research.schema import RESEARCH
from web.app import create_app
from web.services import NAME, Services


def measure(bench: Bench) -> dict[str, float]:
    """Milliseconds of the answer, jobs a second from it to the end, and the longest second between two words."""
    bench.empty()
    board = ours(bench.url)
    count = sum(1 for _ in failed(board, bench.many(100_000)))
    with tempfile.TemporaryDirectory(prefix="callboard-bench-home-") as home:
        settings = replace(Settings(), redis_url=bench.url, home=Path(home), embeddings="hashed")
        for schema in (HISTORY, RESEARCH):
            schema.upgrade(settings.sql_url)
        app = create_app(settings)
        services: Services = app.extensions[NAME]
        recorder = Recorder(services.engine, services.links)
        while recorder.step(block_ms=1):
            pass
        figures = _retried(app.test_client(), _token(services), count)
        assert board.broker.store.counts(QUEUE)["waiting"] == count
        services.links.close()
        services.engine.dispose()
    board.broker.close()
    return figures


def _token(services: Services) -> dict[str, str]:
    with writing(services.engine) as session:
        text = create_token(session, "bench", "operator", services.now_ms())[1]
    return {"Authorization": f"Bearer {text}"}


def _retried(client: FlaskClient, headers: dict[str, str], count: int) -> dict[str, float]:
    """Ask for it, and look every 50 ms how far it is, as a page does that is told by nobody."""
    client.get("/api/v1/me", headers=headers)  # what is imported once is no part of an answer
    began = time.perf_counter()
    answer = client.post("/api/v1/bulk", json={"verb": "retry", "q": f"state:failed queue:{QUEUE}"}, headers=headers)
    answered = time.perf_counter()
    assert answer.status_code == 202, answer.text
    told: list[float] = [answered]
    seen = [0]

    def is_over() -> bool:
        act = json.loads(client.get(answer.headers["Location"], headers=headers).data)
        if act["counts"]["seen"] != seen[-1]:
            seen.append(act["counts"]["seen"])
            told.append(time.perf_counter())
        return bool(act["state"] != "running")

    while not is_over():
        time.sleep(0.05)
    assert seen[-1] == count, seen
    gaps = [later - earlier for earlier, later in pairwise(told)]
    return {
        "bulk_answer": (answered - began) * 1000,
        "bulk_retry": count / (told[-1] - answered),
        "bulk_gap": max(gaps) * 1000,
    }
