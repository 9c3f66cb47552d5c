"""`callboard grafana`: files for a folder, dashboards for a Grafana."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.cli.conftest import Command


def test_the_files_are_written_with_the_addresses_of_the_site(callboard: Command, tmp_path: Path) -> None:
    folder = tmp_path / "monitoring"
    answer = callboard(
        *("grafana", "-o", str(folder), "--board", "https://jobs.lab/q", "--docs", "https://docs.lab/", "--json")
    )
    assert (answer.code, answer.json()["dashboards"]) == (0, [])
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["callboard-machinery.json", "callboard-overview.json", "callboard-queue.json", "rules.yml"]
    assert answer.json()["files"] == [str(folder / name) for name in (names[1], names[2], names[0], names[3])]
    variables = json.loads((folder / names[1]).read_text())["templating"]["list"]
    assert variables[-1]["query"] == "https://jobs.lab/q"
    rules = (folder / "rules.yml").read_text()
    assert "runbook_url: https://docs.lab/runbooks/no_workers.md" in rules
    assert "runbook_url: docs/" not in rules


class Grafana:
    """What Grafana's API does with a dashboard: it asks for a token, and knows each by its uid."""

    def __init__(self) -> None:
        self.dashboards: dict[str, dict[str, Any]] = {}

    def save(self, request: Request) -> Response:
        if request.headers.get("Authorization") != "Bearer good":
            return Response('{"message":"Unauthorized"}', 401, content_type="application/json")
        body = request.get_json()
        dashboard = body["dashboard"]
        if dashboard["uid"] in self.dashboards and not body["overwrite"]:
            return Response('{"message":"A dashboard with the same uid exists"}', 412, content_type="application/json")
        self.dashboards[dashboard["uid"]] = dashboard
        told = {"uid": dashboard["uid"], "url": f"/d/{dashboard['uid']}", "status": "success", "version": 1}
        return Response(json.dumps(told), content_type="application/json")


def test_the_dashboards_go_into_a_grafana_as_often_as_one_likes(callboard: Command, httpserver: HTTPServer) -> None:
    grafana = Grafana()
    httpserver.expect_request("/api/dashboards/db", method="POST").respond_with_handler(grafana.save)
    for _ in range(2):
        answer = callboard("grafana", "--grafana", httpserver.url_for("/"), "--grafana-token", "good")
        assert (answer.code, answer.out.splitlines()[0]) == (0, httpserver.url_for("/d/callboard-overview"))
    assert list(grafana.dashboards) == ["callboard-overview", "callboard-queue", "callboard-machinery"]
    assert all(dashboard["id"] is None and dashboard["panels"] for dashboard in grafana.dashboards.values())
    refused = callboard("grafana", "--grafana", httpserver.url_for("/"), "--grafana-token", "bad")
    assert (refused.code, refused.err.count("Unauthorized; --grafana-token needs")) == (7, 1)


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ((), 2, "say where to"),
        (("--grafana", "grafana.lab"), 2, "--grafana expects an address"),
        (("--grafana", "http://127.0.0.1:1"), 5, "cannot be reached"),
    ],
)
def test_what_cannot_be_done_is_said(callboard: Command, given: tuple[str, ...], code: int, words: str) -> None:
    answer = callboard("grafana", *given)
    assert answer.code == code
    assert words in answer.err
