"""Attacks on the web and on what it calls: strangers, insecure settings, other sites, scripts, and those with tests."""

from __future__ import annotations

import contextlib
import http.client
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from flask import Flask

from callboard.history.database import writing
from callboard.history.tokens import create_token, find_token
from callboard.jobs.settings import Settings
from research.schema import upgrade
from tests.callboard.jobs.test_exposure import INSECURE, told
from tests.system.rig import ROOT, Rig
from tests.system.row import Row, Tally
from tests.system.secret_rows import deployment
from tests.web import strangers
from web.app import create_app
from web.identity import TRIES
from web.services import NAME, Services

COMPARES, NOTICEABLE = 10_000, 0.2
WEBSOCKET: Final = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@contextlib.contextmanager
def application(rig: Rig) -> Iterator[Flask]:
    """The application over the server of a rig."""
    settings = replace(Settings(), redis_url=rig.server.url, home=rig.folder, embeddings="hashed")
    upgrade(settings.sql_url)
    app = create_app(settings)
    services: Services = app.extensions[NAME]
    try:
        yield app
    finally:
        services.links.close()
        services.engine.dispose()


def walked(rig: Rig, *walks: Callable[[Flask], strangers.Walk]) -> Tally:
    """What some walks over all routes found."""
    tally = Tally()
    for walk in walks:
        with application(rig) as app:
            asked, wrong = walk(app)
        tally.trials += asked
        tally.notes.append(f"{walk.__name__.replace('_', ' ')} {asked}")
        tally.expect(not wrong, f"{walk.__name__}: {wrong[:3]}")
    return tally


def strangers_at_every_route(rig: Rig, size: int) -> Tally:
    """Each identity at each route; then tries without end, and the time that a comparison takes."""
    tally = walked(rig, strangers.at_every_route)
    with application(rig) as app:
        client = strangers.bearing(app, "guess", "10.9.9.9")
        statuses = [client.get("/api/v1/me").status_code for _ in range(TRIES + 50)]
        tally.expect(statuses == [401] * TRIES + [429] * 50, f"tries were answered {sorted(set(statuses))}")
        share = timing(app, size)
    tally.notes.append(f"a better guess takes {share:+.1%} time")
    tally.expect(abs(share) < NOTICEABLE, f"a better guess takes {share:+.1%} time")
    return tally


def timing(app: Flask, compares: int) -> float:
    """How much longer a token takes that is right but for its last letter than one that is wrong from the first."""
    services: Services = app.extensions[NAME]
    with writing(services.engine) as session:
        text = create_token(session, "timed", "admin", services.now_ms())[1]
    near = text[:-1] + ("A" if text[-1] != "A" else "B")
    far = text[:17] + "".join("A" if letter != "A" else "B" for letter in text[17:])
    took: dict[str, list[int]] = {near: [], far: []}
    for turn in range(compares):
        for guess in (near, far) if turn % 2 else (far, near):
            began = time.perf_counter_ns()
            assert find_token(services.engine, guess, services.now_ms()) is None
            took[guess].append(time.perf_counter_ns() - began)
    return statistics.median(took[near]) / statistics.median(took[far]) - 1


def insecure_settings(rig: Rig, size: int) -> Tally:
    """Processes refuse to start with each of them, and say why in one line."""
    tally = Tally(trials=min(size, len(INSECURE)))
    for environ, variable in INSECURE[:: max(1, len(INSECURE) // size)]:
        (problem,) = told(environ)
        tally.expect(problem.startswith(variable), f"{environ}: {problem}")
        done = subprocess.run(
            [sys.executable, "-m", "web"],
            env=rig.environment(PORT="0") | {"REDIS_URL": ""} | environ,
            cwd=rig.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        refused = done.returncode == 2 and problem in done.stderr.splitlines() and "Traceback" not in done.stderr
        tally.expect(refused, f"{variable}: exit code {done.returncode}, {done.stderr[-200:]!r}")
    return tally


def other_sites(rig: Rig, size: int) -> Tally:
    """Pages of other sites send what browsers let them; then the same over a socket, where streams begin."""
    walks = (
        strangers.from_other_sites,
        strangers.reads_of_other_sites,
        strangers.under_other_names,
        strangers.with_tokens_in_urls,
        strangers.reads_that_change,
    )
    tally = walked(rig, *walks[:size])
    with deployment(rig) as (made, _):
        cookie = _signed_in(made.port, made.token)
        for origin in (strangers.ELSEWHERE, "null", "http://127.0.0.1:1"):
            for path, more in (("/ws?topics=home", WEBSOCKET), ("/api/jobs/ws", WEBSOCKET), ("/api/v1/events", {})):
                headers = {"Origin": origin, "Cookie": cookie, "Sec-Fetch-Site": "cross-site", **more}
                status = _status(made.port, path, headers)
                tally.trials += 1
                tally.expect(status == 403, f"{path} from {origin} was answered {status}")
    return tally


def _signed_in(port: int, token: str) -> str:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        headers = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{port}"}
        connection.request("POST", "/session", f'{{"token": "{token}"}}', headers)
        return str(connection.getresponse().getheader("Set-Cookie", "")).partition(";")[0]


def _status(port: int, path: str, headers: dict[str, str]) -> int:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status


def tested(*words: str) -> Callable[[Rig, int], Tally]:
    """A row whose cells are tests of the suite: it runs them, and counts them."""

    def run(_: Rig, size: int) -> Tally:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800)
        passed = re.search(r"(\d+) passed", done.stdout)
        tally = Tally(trials=int(passed[1]) if passed else 0)
        tally.expect(done.returncode == 0 and tally.trials >= size, done.stdout[-400:])
        return tally

    return run


# The suite runs by itself what a row with no quick size stands for.
ROWS: Final[tuple[Any, ...]] = (
    Row(
        "A1",
        "hostile JSON to every operation",
        tested("tests/web/test_hostile.py", "tests/web/test_strict_json.py"),
        0,
        20,
    ),
    Row(
        "A2",
        "hostile questions, names and cursors",
        tested("tests/web/test_hostile.py", "-k", "question or name"),
        0,
        2,
    ),
    Row("A3", "one key, many posts", tested("tests/web/api/test_keeping.py"), 0, 5),
    Row("X1", "strangers at every route, brute force, timing", strangers_at_every_route, 0, COMPARES),
    Row("X2", "insecure settings", insecure_settings, 1, len(INSECURE)),
    Row("X3", "pages of other sites", other_sites, 0, 5),
    Row("X4", "scripts in every stored string", tested("tests/web/test_payloads.py"), 0, 3),
    Row("X5", "addresses that lead inside", tested("tests/research/outbound", "tests/research/webhooks"), 0, 100),
    Row(
        "X6",
        "paths and cells",
        tested(
            "tests/research/test_files.py",
            "tests/research/exports",
            "tests/research/sheets/test_xlsx.py",
            "tests/web/test_hostile.py",
            "tests/web/api/test_job_list.py",
        ),
        0,
        30,
    ),
    Row(
        "X7",
        "headers and templates of mails",
        tested("tests/research/mail/test_addresses.py", "tests/research/mail/test_templates.py"),
        0,
        40,
    ),
    Row("X8", "pickles and programs in place of data", tested("tests/research/ml/test_model_file.py"), 0, 10),
    Row("X10", "metrics without end, and for strangers", tested("tests/web/metrics"), 0, 5),
)
