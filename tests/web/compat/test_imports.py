"""S5's import of an uploaded file."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from callboard.broker.errors import ConnectionLost
from research.datasets import store
from tests.research.sheets.bombs import REFUSED as BOMBS
from tests.web.compat.asking import good
from tests.web.compat.documents import S5_IMPORT
from tests.web.compat.printed import fetches
from tests.web.conftest import told
from web.compat.door import enqueue
from web.compat.imports import AT_ONCE, LARGEST_BODY
from web.services import Services

DATA = Path(__file__).parents[2] / "data" / "excel"
(IMPORT,) = fetches(S5_IMPORT)
AT_ONCE_PATH = IMPORT.path.partition("?")[0]


def upload(
    client: FlaskClient, path: str, content: bytes, name: str = "../Deaths 2024.xlsx", **form: Any
) -> TestResponse:
    """A form with a file is posted."""
    boundary, body = encode_multipart(
        {"file": [FileStorage(io.BytesIO(content), name), *form.pop("beside", ())], **form}
    )
    return client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")


# S5.11
def test_a_file_is_imported_by_a_job_where_that_is_asked_for(operator: FlaskClient, services: Services) -> None:
    content = (DATA / "deaths.xlsx").read_bytes()
    answer = upload(operator, IMPORT.path, content, priority="high", importOptions=json.dumps({"batchSize": 10}))
    said = good(answer, 202)
    assert (said["success"], said["data"]["async"]) == (True, True)
    job = services.store.get(said["data"]["jobId"])
    assert (job.type, job.kwargs["table"], job.kwargs["batch_size"], job.priority) == (
        "excel_import",
        "deaths_2024",
        10,
        2,
    )
    stored = services.files.describe(job.kwargs["file"])
    assert (stored.name, stored.size) == ("Deaths 2024.xlsx", len(content))
    assert answer.headers["Location"].endswith(job.id)


# S5.11
def test_a_small_file_is_imported_at_once_and_is_not_kept(operator: FlaskClient, services: Services) -> None:
    said = good(upload(operator, AT_ONCE_PATH, (DATA / "deaths.xlsx").read_bytes(), table="deaths"))
    assert (said["success"], said["data"]["async"], said["data"]["result"]["inserted"]) == (True, False, 20)
    assert store.count(services.engine, "deaths") == 20
    assert list(services.files.references()) == []
    assert services.store.queues() == []


def test_a_file_stays_where_nobody_knows_whether_its_job_is_there(
    operator: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = []

    def answer_lost(*given: Any) -> str:
        ids.append(enqueue(*given))
        raise ConnectionLost("the server went away before it answered")

    monkeypatch.setattr("web.compat.imports.enqueue", answer_lost)
    assert upload(operator, IMPORT.path, b"a,b\n1,2\n", "small.csv").status_code == 503
    assert services.files.describe(services.store.get(ids[0]).kwargs["file"]).name == "small.csv"


# S5.11
def test_a_large_file_becomes_a_job(operator: FlaskClient, services: Services) -> None:
    said = good(upload(operator, AT_ONCE_PATH, b"a,b\n" * 1_250_001, "large.csv"), 202)
    assert said["data"]["async"] is True
    assert services.store.get(said["data"]["jobId"]).kwargs["table"] == "large"


def test_what_comes_while_others_are_imported_at_once_becomes_a_job(operator: FlaskClient) -> None:
    for _ in range(2):
        AT_ONCE.acquire()
    try:
        assert good(upload(operator, AT_ONCE_PATH, b"a,b\n1,2\n", "small.csv"), 202)["data"]["async"] is True
    finally:
        AT_ONCE.release(2)


REFUSED: Any = [
    ((DATA / "pass_protected.xlsx").read_bytes(), "secret.xlsx", {}, "opens with a password only"),
    (b"", "empty.xlsx", {}, "empty.xlsx"),
    (b"a,b\n1,2\n", "a.csv", {"colour": "red"}, "colour"),
    (b"a,b\n1,2\n", "a.csv", {"beside": ["file:" + "0" * 32]}, "not its name"),
    (b"a,b\n1,2\n", "a.csv", {"importOptions": "[]"}, "importOptions"),
    (b"a,b\n1,2\n", "a.csv", {"batchSize": "many"}, "batchSize"),
    (b"a,b\n1,2\n", "a.csv", {"priority": "soon"}, "priority"),
    (b"a,b\n1,2\n", "a.csv", {"table": "a\x00b"}, "without NUL"),
]


def test_a_file_that_is_none_is_refused_in_words_and_nothing_is_kept(operator: FlaskClient, services: Services) -> None:
    for content, name, form, words in REFUSED:
        answer = upload(operator, AT_ONCE_PATH, content, name, **form)
        assert (answer.status_code, told(answer)["success"]) == (422, False), answer.text
        assert words in answer.text
        assert list(services.files.references()) == []


@pytest.mark.parametrize("bomb", ["billion laughs", "overlapping zip"])
def test_a_bomb_is_refused_in_words(operator: FlaskClient, services: Services, tmp_path: Path, bomb: str) -> None:
    build, name, words = BOMBS[bomb]
    answer = upload(operator, AT_ONCE_PATH, build(tmp_path / name).read_bytes(), name)
    assert (answer.status_code, words in told(answer)["message"]) == (422, True), answer.text
    assert list(services.files.references()) == []


def test_an_upload_without_a_file_or_beyond_all_bounds_is_refused(operator: FlaskClient) -> None:
    assert told(operator.post(AT_ONCE_PATH, data={"table": "x"}))["errors"][0]["field"] == "file"
    large = {"CONTENT_LENGTH": str(LARGEST_BODY + 1)}
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    assert operator.post(AT_ONCE_PATH, headers=form, environ_overrides=large).status_code == 413


def test_the_same_upload_with_a_key_is_imported_once(operator: FlaskClient) -> None:
    operator.environ_base["HTTP_IDEMPOTENCY_KEY"] = "k1"
    _, body = encode_multipart({"file": FileStorage(io.BytesIO(b"a,b\n1,2\n"), "a.csv")}, boundary="x")
    kind = "multipart/form-data; boundary=x"
    first, second = (operator.post(IMPORT.path, data=body, content_type=kind) for _ in range(2))
    assert good(first, 202)["data"]["jobId"] == good(second, 202)["data"]["jobId"]
    large = body.replace(b"1,2", b"1,2\n" * 300_000)
    assert operator.post(IMPORT.path, data=large, content_type=kind).status_code == 413
