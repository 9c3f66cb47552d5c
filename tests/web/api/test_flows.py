"""Flows over the API."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from callboard.history.audit import audit_lines
from tests.web.conftest import told
from web.services import Services

STEP: dict[str, Any] = {"type": "generate_embeddings", "args": {"paper_id": "7"}}
FLOW: dict[str, Any] = {
    "name": "mine",
    "jobs": [STEP | {"name": "a"}, STEP | {"name": "b"}, STEP | {"name": "c"}],
    "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}],
}


def started(client: FlaskClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/v1/flows", json=body)
    assert answer.status_code == 202, answer.text
    flow: dict[str, Any] = told(answer)
    assert answer.headers["Location"] == f"/api/v1/flows/{flow['id']}"
    return flow


def states(client: FlaskClient, flow: dict[str, Any]) -> dict[str, str]:
    return {one["step"]: one["state"] for one in told(client.get(f"/api/v1/flows/{flow['id']}"))["members"]}


def test_jobs_with_edges_wait_for_each_other_and_resume_where_they_broke(
    operator: FlaskClient, services: Services
) -> None:
    flow = started(operator, FLOW)
    assert states(operator, flow) == {"a": "waiting", "b": "blocked", "c": "blocked"}
    ids = {one["step"]: one["id"] for one in flow["members"]}
    assert (flow["edges"][ids["a"]], flow["edges"][ids["b"]]) == ([ids["b"]], [ids["c"]])
    assert operator.post(f"/api/v1/flows/{flow['id']}/resume").status_code == 409
    links = services.links
    _, job = links.call(*links.script("fetch", "w", "r", 60_000, 1, 0, "paper-processing"))
    failure = json.dumps({"class": "bug", "type": "OSError", "message": "x", "traceback": ""})
    links.call(*links.script("fail", job[0], job[1], failure))
    while links.call(*links.script("settle", 100)):
        pass
    assert states(operator, flow) == {"a": "failed", "b": "failed", "c": "failed"}
    resumed = operator.post(f"/api/v1/flows/{flow['id']}/resume")
    assert (resumed.status_code, told(resumed)["affected"], told(resumed)["state"]) == (202, 1, "active")
    assert states(operator, flow) == {"a": "waiting", "b": "blocked", "c": "blocked"}


def test_a_flow_is_cancelled_as_a_whole(operator: FlaskClient) -> None:
    flow = started(operator, FLOW)
    cancelled = operator.put(f"/api/v1/flows/{flow['id'].lower()}/cancellation")
    assert (cancelled.status_code, told(cancelled)["affected"]) == (202, 3)
    assert set(states(operator, flow).values()) == {"cancelled"}
    assert [one["id"] for one in told(operator.get("/api/v1/flows?limit=5"))["flows"]] == [flow["id"]]


def test_a_pipeline_is_started_by_its_name(operator: FlaskClient) -> None:
    named = {one["name"]: one for one in told(operator.get("/api/v1/pipelines"))["pipelines"]}
    assert named["paper_intake"]["arguments"][0] == "file"
    body = {"pipeline": "Paper-Intake", "args": {"file": "file:" + "0" * 32, "notify": ["a@lab.example"]}}
    flow = started(operator, body)
    assert (flow["name"], flow["members"][0]["type"]) == ("paper_intake", "extract_pdf")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "pipeline"),
        ({"pipeline": "paper_intake", "jobs": FLOW["jobs"]}, "pipeline"),
        ({"pipeline": "paper_intakes"}, "pipeline"),
        ({"pipeline": "paper_intake", "args": {}}, "args.file"),
        ({"pipeline": "paper_intake", "args": {"file": "x", "colour": 1}}, "args.colour"),
        ({"pipeline": "weekly_digest", "name": "x"}, "name"),
        ({"jobs": []}, "jobs"),
        ({"jobs": [STEP]}, "jobs.0.name"),
        ({"jobs": [STEP | {"name": "a"}] * 2}, "jobs"),
        ({"jobs": [STEP | {"name": "a"}, STEP | {"name": "b", "args": {}}]}, "jobs.1.args.paper_id"),
        (FLOW | {"edges": [{"from": "a", "to": "x"}]}, "edges.0.to"),
        (FLOW | {"edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}]}, "edges"),
        (FLOW | {"on_failure": STEP | {"type": "nonsense"}}, "on_failure.type"),
    ],
)
def test_a_flow_that_cannot_be_is_refused_whole(
    operator: FlaskClient, services: Services, body: dict[str, Any], field: str
) -> None:
    answer = operator.post("/api/v1/flows", json=body)
    assert (answer.status_code, [error["field"] for error in told(answer)["errors"]]) == (422, [field]), answer.text
    assert services.store.flow_ids() == []


@pytest.mark.parametrize("args", [{"file": 5}, {"file": ["x"]}, {"file": "file:" + "0" * 32, "notify": 5}])
def test_arguments_that_a_pipeline_cannot_use_are_refused(operator: FlaskClient, args: dict[str, Any]) -> None:
    assert operator.post("/api/v1/flows", json={"pipeline": "paper_intake", "args": args}).status_code == 422


def test_a_flow_that_is_none_is_not_found(operator: FlaskClient) -> None:
    for verb, path in (("GET", ""), ("PUT", "/cancellation"), ("POST", "/resume")):
        assert operator.open(f"/api/v1/flows/x{path}", method=verb).status_code == 404


ASKING = FLOW | {
    "jobs": [STEP | {"name": "a", "approval": True}, STEP | {"name": "b", "if_fails": "ignore"}, STEP | {"name": "c"}]
}


def test_a_step_is_approved_and_another_one_left_out(operator: FlaskClient, services: Services) -> None:
    flow = started(operator, ASKING)
    assert (flow["asks"], flow["states"]["blocked"], flow["pipeline"]) == (1, 3, None)
    steps = f"/api/v1/flows/{flow['id']}/steps"
    approved = operator.post(f"{steps}/a/approval", json={"approved": True, "note": "fine"})
    assert (approved.status_code, states(operator, flow)["a"]) == (200, "waiting")
    assert told(approved)["members"][0]["decided"]["note"] == "fine"
    skipped = operator.post(f"{steps}/{flow['members'][1]['id']}/skip", json={"note": "not today"})
    assert (skipped.status_code, states(operator, flow)["b"]) == (200, "blocked"), "it is passed over in its turn"
    assert told(skipped)["members"][1]["left_out"] is True
    needed = operator.post(f"{steps}/c/skip", json={})
    assert (needed.status_code, told(needed)["code"], told(needed)["state"]) == (409, "not_possible", "blocked")
    never = operator.post(f"{steps}/c/approval", json={"approved": True})
    assert (never.status_code, "not declared" in told(never)["detail"]) == (409, True)
    (listed,) = told(operator.get("/api/v1/flows?state=active"))["flows"]
    assert (listed["id"], listed["states"]["cancelled"], listed["asks"]) == (flow["id"], 0, 0)
    assert told(operator.get("/api/v1/flows?state=failed"))["flows"] == []
    lines = audit_lines(services.engine)[:2]
    verbs = [(line.verb, line.subject, json.loads(line.detail or "")["note"]) for line in lines]
    assert verbs == [("flow.skip", flow["id"], "not today"), ("flow.approve", flow["id"], "fine")]


def test_a_rejected_step_fails_what_needs_it(operator: FlaskClient) -> None:
    flow = started(operator, ASKING)
    rejected = operator.post(f"/api/v1/flows/{flow['id']}/steps/a/approval", json={"approved": False})
    assert rejected.status_code == 200
    assert states(operator, flow) == {"a": "cancelled", "b": "failed", "c": "waiting"}, "c can do without b"


@pytest.mark.parametrize("body", [{}, {"approved": "yes"}, {"approved": True, "note": "x" * 501}, []])
def test_a_decision_that_is_none_is_refused(operator: FlaskClient, body: Any) -> None:
    flow = started(operator, ASKING)
    assert operator.post(f"/api/v1/flows/{flow['id']}/steps/a/approval", json=body).status_code == 422
    assert states(operator, flow)["a"] == "blocked"


def test_a_step_that_is_none_is_not_found_and_who_only_looks_may_not_decide(
    operator: FlaskClient, viewer: FlaskClient
) -> None:
    flow = started(operator, ASKING)
    for path, body in (("approval", {"approved": True}), ("skip", {})):
        for step in ("x", "%00", "y" * 300):
            assert operator.post(f"/api/v1/flows/{flow['id']}/steps/{step}/{path}", json=body).status_code == 404
        assert operator.post(f"/api/v1/flows/x/steps/a/{path}", json=body).status_code == 404
        assert viewer.post(f"/api/v1/flows/{flow['id']}/steps/a/{path}", json=body).status_code == 403
