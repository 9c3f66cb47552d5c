"""Requests drawn from the description of the API and sent to it: nothing may break, all answers must be as described.

`python -m tests.web.fuzz [CASES]` sends 1,000 to an application of its own and prints how many were answered how.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from callboard.history.database import writing
from callboard.history.schema import HISTORY
from callboard.history.tokens import create_token
from callboard.jobs.settings import Settings
from research.schema import RESEARCH
from tests.web.recorded import record
from web.app import create_app
from web.services import NAME, Services

CASES: Final = 1_000
# Streams do not end by themselves; they have tests of their own.
ENDLESS: Final = r"(/v1/events|/stream)$"
CHECKS: Final = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)


def fuzz(app: Flask, cases: int) -> Counter[int]:
    """Send about so many requests, as many to each operation; how many were answered with each status.

    The same ones each time. Raises AssertionError, which names each operation that broke or answered otherwise.
    """
    services: Services = app.extensions[NAME]
    headers = {"Authorization": f"Bearer {_token(services)}"}
    known = _furnish(app, services, headers)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app).exclude(path_regex=ENDLESS)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    statuses: Counter[int] = Counter()
    dice, wrong = random.Random(5), []
    # Half of what is sent fits the description, half does not.
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    for operation, mode in product(operations, modes):
        many = max(1, round(cases / len(operations) / len(modes)))
        least = settings(max_examples=many, derandomize=True, deadline=None)
        quiet = settings(least, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))

        def send(case: Any) -> None:
            # Names that are known lead further than names made up.
            for name in case.path_parameters:
                if dice.random() < 0.6:
                    case.path_parameters[name] = dice.choice(known[name])
            case.headers = dict(headers)  # what is asked without a token is known without this
            answer = case.call()
            statuses[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        try:
            quiet(given(case=operation.as_strategy(generation_mode=mode))(send))()
        except Unsatisfiable:
            continue  # what takes nothing cannot be sent anything wrong
        except FailureGroup as failures:
            wrong += [f"{operation.label}: {failures}"]
    assert not wrong, "\n\n".join(wrong)
    return statuses


def _token(services: Services) -> str:
    with writing(services.engine) as session:
        return create_token(session, "fuzz", "admin", services.now_ms())[1]


def _furnish(app: Flask, services: Services, headers: dict[str, str]) -> dict[str, list[str]]:
    """One of each kind of thing, by the names of path parameters."""
    client = app.test_client()

    def made(path: str, body: dict[str, Any], verb: str = "POST") -> dict[str, Any]:
        answer = client.open(f"/api/v1/{path}", method=verb, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    job = {"type": "generate_embeddings", "args": {"paper_id": "7"}}
    jobs = [made("jobs", job | {"delay_ms": delay})["id"] for delay in (0, 3_600_000)]
    made(f"jobs/{jobs[0]}/cancellation", {}, "PUT")
    _fail_one(made, services, job)
    flow = made("flows", {"jobs": [job | {"name": "a"}]})["id"]
    made("schedules/nightly", job | {"cron": "@daily"}, "PUT")
    view = made("views", {"name": "fuzz", "query": ""})["id"]
    hook = made("webhooks", {"url": "https://lab.example/x"})["id"]
    record(services)
    fingerprint = client.get("/api/v1/errors", headers=headers).get_json()["errors"][0]["fingerprint"]
    bulk = made("bulk", {"verb": "cancel", "q": "state:delayed tag:none"})["id"]
    return {
        "id": [*jobs, flow, view, hook, bulk],
        "queue": ["paper-processing"],
        "name": ["nightly", "backlog", "model"],
        "type": ["extract_pdf"],
        "fingerprint": [fingerprint],
        "condition": ["backlog", "backlog:paper-processing"],
        "token": ["x"],
        "delivery": ["x"],
        "step": ["a"],
    }


def _fail_one(made: Any, services: Services, job: dict[str, Any]) -> None:
    made("jobs", job)
    links = services.links
    _, taken = links.call(*links.script("fetch", "w", "r", 60_000, 1, 0, "paper-processing"))
    failure = '{"class": "bug", "type": "OSError", "message": "x", "traceback": ""}'
    links.call(*links.script("fail", taken[0], taken[1], failure))


def main(cases: int) -> int:
    """Fuzz an application of its own, on a server and in a home that are gone afterwards; the exit code."""
    from callboard.broker.embedded import start_embedded

    with tempfile.TemporaryDirectory(prefix="callboard-fuzz-") as name:
        home = Path(name)
        with start_embedded(home / "valkey") as server:
            chosen = replace(Settings(), redis_url=server.url, home=home, embeddings="hashed")
            for schema in (HISTORY, RESEARCH):
                schema.upgrade(chosen.sql_url)
            app = create_app(chosen)
            statuses = fuzz(app, cases)
            app.extensions[NAME].links.close()
            app.extensions[NAME].engine.dispose()
    sys.stdout.write(f"{statuses.total():,} requests, all answered as described: {dict(sorted(statuses.items()))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else CASES))
