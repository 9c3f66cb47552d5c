"""The pages of errors: groups by status, one with its trace and jobs, decisions by role."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.callboard.history.failing import failed, failure
from tests.web.conftest import told
from web.services import Services

LIST = "/admin/queues/errors"
TRACE = """Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/dramatiq/worker.py", line 12, in process
    res = actor(*args)
  File "/srv/lab/<img src=x onerror=alert(1)>.py", line 45, in factor_of
    raise KeyError(name)
KeyError: 'pH'"""


@pytest.fixture
def group(services: Services) -> str:
    """The fingerprint of a group of three failures with odd words."""
    now_ms = services.now_ms()
    rows = [failure("</script><b>pH</b>", now_ms - at, error_type="KeyError", traceback=TRACE) for at in (9, 8, 7)]
    failed(services.engine, *rows)
    return str(rows[0]["fingerprint"])


def test_groups_are_listed_by_status_and_offer_what_the_role_may(
    viewer: FlaskClient, operator: FlaskClient, group: str
) -> None:
    shown = viewer.get(LIST).text
    assert f"{LIST}/{group}" in shown
    assert "<b>pH" not in shown
    assert "data-bulk=" not in shown.split('<main id="main"')[1]
    assert f'data-q="fingerprint:{group} state:failed"' in operator.get(LIST).text
    assert "No group is resolved" in viewer.get(f"{LIST}?status=resolved").text
    assert "No group fits" in viewer.get(f"{LIST}?type=nothing_so").text
    told(operator.patch(f"/api/v1/errors/{group}", json={"status": "resolved"}))
    assert "Nothing fails" in viewer.get(LIST).text
    assert "Open again" in operator.get(f"{LIST}?status=resolved").text
    assert told(viewer.get("/api/v1/errors"))["counts"] == {"open": 0, "ignored": 0, "resolved": 1}


def test_a_group_shows_its_trace_its_jobs_and_who_looks_after_it(operator: FlaskClient, group: str) -> None:
    told(operator.patch(f"/api/v1/errors/{group}", json={"assignee": "<i>ann", "note": "old & odd"}))
    shown = operator.get(f"{LIST}/{group[:6]}").text
    assert "1 frame of dramatiq" in shown
    assert "<b>factor_of</b>" in shown
    assert 'value="&lt;i&gt;ann"' in shown
    assert "<img src=x" not in shown
    assert all(act in shown for act in ("Retry all 3", "Retry some…", "Resolve", "Ignore…", 'data-bulk="retry"'))


def test_an_ignored_group_says_until_when(viewer: FlaskClient, operator: FlaskClient, group: str) -> None:
    body: dict[str, Any] = {"status": "ignored", "ignored_until": "2999-01-01T00:00:00Z"}
    told(operator.patch(f"/api/v1/errors/{group}", json=body))
    shown = viewer.get(f"{LIST}/{group}").text
    assert "2999-01-01 00:00:00" in shown
    assert "data-act=" not in shown.split('<main id="main"')[1]


@pytest.mark.parametrize("path", [f"{LIST}/ffffffffffffffff", f"{LIST}?status=odd", f"{LIST}?cursor=%00"])
def test_what_there_is_not_is_a_page_that_says_so(viewer: FlaskClient, path: str) -> None:
    assert viewer.get(path, headers={"Accept": "text/html"}).status_code in (404, 422)
