"""Probes of processes without a web page: what they answer, to whom, and what a port in use means."""

import json
import urllib.error
import urllib.request
from dataclasses import replace
from typing import Any

import pytest

from callboard.broker.errors import ConnectionLost
from callboard.broker.probes import Check, ProbesFault, probes
from callboard.jobs.settings import Settings

HERE = replace(Settings(), health_port=0)


def ask(port: int, path: str, method: str = "GET") -> tuple[int, Any]:
    """Status and JSON of a probe."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or "null")


def lost() -> None:
    raise ConnectionLost("redis://:hush@host is away")


def test_a_process_is_ready_when_all_that_it_needs_answers() -> None:
    with probes(HERE, {"redis": lambda: "PONG", "sql": lambda: True}) as port:
        assert port
        assert ask(port, "/livez") == (200, {"status": "ok"})
        for path in ("/readyz", "/startupz", "/healthz", "/readyz?verbose"):
            assert ask(port, path) == (200, {"status": "ok", "checks": {"redis": "ok", "sql": "ok"}})
        assert ask(port, "/readyz", "HEAD") == (200, None)
        assert ask(port, "/")[0] == 404


@pytest.mark.parametrize(("check", "words"), [(lost, "redis://:***@host is away"), (lambda: False, "does not answer")])
def test_one_that_lacks_something_lives_and_says_what_without_secrets(check: Check, words: str) -> None:
    with probes(HERE, {"redis": check}, lambda text: text.replace("hush", "***")) as port:
        assert port
        assert ask(port, "/livez")[0] == 200
        assert ask(port, "/readyz") == (503, {"status": "unavailable", "checks": {"redis": words}})


def test_without_a_port_nothing_listens_and_one_in_use_is_an_error() -> None:
    with probes(Settings(), {}) as port:
        assert port is None
    taken = pytest.raises(ProbesFault, match=r"health port .* cannot be had")
    with probes(HERE, {}) as port, taken, probes(replace(HERE, health_port=port), {}):
        pass
