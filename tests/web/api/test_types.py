"""Job types over the API."""

import re

from flask.testing import FlaskClient

from actors import broker
from tests.web.conftest import told


def test_every_type_tells_what_it_takes_and_its_example_is_accepted(viewer: FlaskClient) -> None:
    found = told(viewer.get("/api/v1/types"))["types"]
    assert [type["type"] for type in found] == sorted(broker.actors)
    for type in found:
        assert type["example"]["type"] == type["type"]
        assert type["schema"]["title"] == type["type"]
        assert set(type["example"]["args"]) <= set(type["schema"]["properties"]), type["type"]
        assert not re.search(r'"\$ref": "#/(?!\$defs/)', str(type["schema"]))
        broker.actors[type["type"]].message_with_options(kwargs=type["example"]["args"])


def test_one_type_tells_its_policy_and_how_long_its_jobs_take(viewer: FlaskClient) -> None:
    type = told(viewer.get("/api/v1/types/Extract-PDF"))
    assert (type["queue"], type["attempts"], type["timeout_ms"]) == ("paper-processing", 3, 300_000)
    assert (type["jobs"], type["run"], type["cost"]) == (0, None, None)
    assert "paper_id" in type["schema"]["required"]
    for name in ("x", "%00", "é"):
        assert viewer.get(f"/api/v1/types/{name}").status_code == 404
