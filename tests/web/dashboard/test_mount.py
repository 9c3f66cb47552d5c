"""Where the dashboard lies: the path of S3, or any other."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from callboard.jobs.settings import Settings, SettingsError
from tests.web.conftest import put_away
from web.app import create_app, mount_path


# S3.19
def test_the_dashboard_lies_where_s3_had_it(viewer: FlaskClient) -> None:
    assert viewer.get("/").headers["Location"] == "/admin/queues/"
    assert viewer.get("/admin/queues", follow_redirects=True).status_code == 200
    assert "<h1>Home</h1>" in viewer.get("/admin/queues/").text


def test_it_lies_below_any_other_path_with_the_same_rules(chosen: Settings) -> None:
    app = create_app(replace(chosen, mount="/lab/jobs/"))
    client = app.test_client()
    assert client.get("/").headers["Location"] == "/lab/jobs/"
    assert client.get("/lab/jobs/flows").status_code == 401
    sign_in = client.get("/lab/jobs/flows", headers={"Accept": "text/html"}).headers["Location"]
    assert sign_in == "/lab/jobs/sign-in?next=/lab/jobs/flows"
    assert client.get("/admin/queues/").status_code == 404
    put_away(app)


@pytest.mark.parametrize("path", ["/", "/api/board", "/static", "a b", "/x/../y?z"])
def test_a_path_that_is_none_or_taken_is_refused(path: str) -> None:
    with pytest.raises(SettingsError, match="CALLBOARD_MOUNT"):
        mount_path(replace(Settings(), mount=path))
