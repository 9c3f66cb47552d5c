"""Scripts in every stored string: the API tells them as the data that they are, and no stream lets one out of it."""

import json
import re
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient

from callboard.broker.stream import events_after
from tests.web.payloads import EVALUATED, PAYLOADS, seed
from tests.web.strangers import routes
from web.guard import HEADERS
from web.live.frames import frame_of, joined_log, state_frame
from web.services import Services

JSON: Final = ("application/json", "application/problem+json", "application/x-ndjson")
PAGES: Final = re.compile(r"^(/admin|/static|/session)")
# They tell by their status that no worker is there.
UNHEALTHY: Final = ("/api/ai-analysis/health", "/api/jobs/health")
ENDLESS: Final = re.compile(r"/(events|stream|ws)$")


def test_each_payload_is_another_and_says_which_one_ran() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) == 30
    numbered = [
        f"hit({n})" in text or f"104;it({n})" in text or f"example/{n}" in text for n, text in enumerate(PAYLOADS)
    ]
    assert numbered.count(False) == 1, "the one that a template engine would compute"


# X4 S3.56
def test_scripts_in_every_stored_string_are_told_as_text(app: Flask, services: Services, admin: FlaskClient) -> None:
    app.testing = False
    seeded = seed(services, admin)
    asked, text, broken = 0, "", []
    for method, rule in sorted(routes(app)):
        if method != "GET" or PAGES.match(rule) or ENDLESS.search(rule):
            continue
        names = re.findall(r"<(?:\w+:)?(\w+)>", rule)
        known = seeded.ids.get(names[0], ["x"]) if names else [""]
        for id in known if rule == "/api/v1/jobs/<id>" else known[asked % 7 :: 15]:
            path = re.sub(r"<(?:\w+:)?\w+>", lambda _, id=id: id, rule)  # type: ignore[misc]
            answer = admin.get(path, headers={"Accept": "text/html,*/*;q=0.1"})
            asked += 1
            if answer.status_code >= 500 and path not in UNHEALTHY:
                broken.append((path, answer.text[:300]))
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS
            if answer.mimetype == "text/html":
                assert not any(payload in answer.text for payload in PAYLOADS), path
            else:
                assert answer.mimetype in (*JSON, "text/plain", "text/yaml"), (path, answer.mimetype)
            assert EVALUATED not in answer.text
            text += answer.text if answer.mimetype == "application/json" else ""
    assert not broken, broken[:3]
    assert asked > 300
    missing = [payload for payload in PAYLOADS if json.dumps(payload, ensure_ascii=False)[1:-1] not in text]
    assert not missing, "what was stored is told, and not changed"


# X4
def test_no_event_lets_a_payload_out_of_its_frame(services: Services, admin: FlaskClient) -> None:
    seed(services, admin)
    events = events_after(services.links, "0-0", 100_000)
    frames = [frame_of(event, services.mask) for event in events]
    frames += [joined_log([frame, frame], services.mask) for frame in frames if frame.event.event == "job:log"]
    frames += [state_frame("1-0", job) for n in range(len(PAYLOADS)) if (job := services.store.find(f"raw-{n}"))]
    told: list[Any] = []
    for frame in frames:
        first, second, *rest = frame.sse.decode().split("\n")
        assert (first.startswith("id: "), second.startswith("data: "), rest) == (True, True, ["", ""])
        told.append(json.loads(second.removeprefix("data: ")))
    words = json.dumps(told, ensure_ascii=False)
    assert all(json.dumps(payload, ensure_ascii=False)[1:-1] in words for payload in PAYLOADS)
