"""The pages of flows: the list, one flow in three views, its acts by role, a pipeline's form."""

import pytest
from flask.testing import FlaskClient

from callboard.jobs.flow import Step, graph
from tests.jobs import make_call
from tests.web.conftest import told
from web.services import Services

HTML = {"Accept": "text/html"}


@pytest.fixture
def flow(services: Services) -> str:
    """A flow of two jobs, neither of which has run."""
    first = Step(make_call(), name="fetch <i>")
    plan = graph(first, Step(make_call(), after=(first,), name="report"), name="two steps")
    services.client.start_flow(plan)
    return plan.id


def test_the_list_is_empty_until_a_flow_is_started(viewer: FlaskClient, services: Services) -> None:
    assert "No flows yet" in viewer.get("/admin/queues/flows").text
    assert "Start a pipeline" not in viewer.get("/admin/queues/flows").text


def test_a_flow_is_shown_as_a_graph_along_time_and_as_a_table(viewer: FlaskClient, flow: str) -> None:
    assert "two steps" in viewer.get("/admin/queues/flows").text
    shown = viewer.get(f"/admin/queues/flows/{flow}").text
    assert "fetch &lt;i&gt;" in shown
    assert 'class="node' in shown
    assert "not started" in viewer.get(f"/admin/queues/flows/{flow}?view=time").text
    assert "<td" in viewer.get(f"/admin/queues/flows/{flow}?view=table").text


def test_only_who_may_act_is_offered_acts(viewer: FlaskClient, operator: FlaskClient, flow: str) -> None:
    assert "Cancel the flow" in operator.get(f"/admin/queues/flows/{flow}").text
    assert "data-act" not in viewer.get(f"/admin/queues/flows/{flow}").text


def test_the_region_alone_is_fetched_anew(viewer: FlaskClient, flow: str) -> None:
    found = told(viewer.get(f"/admin/queues/flows/{flow}", headers={"X-Regions": "flow,counts"}))
    assert set(found) == {"flow", "counts"}
    assert "<html" not in found["flow"]
    assert "Home" in found["counts"].replace("<u>H</u>", "H")


def test_what_is_not_there_is_a_page_that_says_so(viewer: FlaskClient, flow: str) -> None:
    missing = viewer.get("/admin/queues/flows/01ARZ3NDEKTSV4RRFFQ69G5FAV", headers=HTML)
    assert missing.status_code == 404
    assert "<html" in missing.text
    assert viewer.get(f"/admin/queues/flows/{flow}?view=cake", headers=HTML).status_code == 404


def test_a_pipeline_has_a_form_of_its_arguments(operator: FlaskClient, viewer: FlaskClient) -> None:
    assert "paper_intake" in operator.get("/admin/queues/flows/new").text
    form = operator.get("/admin/queues/flows/new?pipeline=paper_intake").text
    assert 'name="args.file" type="file"' in form
    assert 'name="args.notify" data-type="list"' in form
    assert "needs the role operator" in viewer.get("/admin/queues/flows/new?pipeline=paper_intake").text
