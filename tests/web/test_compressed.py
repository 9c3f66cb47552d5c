import gzip

from flask.testing import FlaskClient

READS = {"Accept-Encoding": "gzip"}


def test_pages_and_files_are_sent_in_less_bytes_to_who_can_read_them(viewer: FlaskClient) -> None:
    for path in ("/admin/queues/jobs", "/static/dashboard/dashboard.css", "/static/dashboard/dashboard.js"):
        with viewer.get(path) as plain, viewer.get(path, headers=READS) as small:
            assert small.headers["Content-Encoding"] == "gzip"
            assert "Accept-Encoding" in small.headers["Vary"]
            assert "Content-Encoding" not in plain.headers
            assert len(small.data) < len(plain.data) / 2
            assert abs(len(gzip.decompress(small.data)) - len(plain.data)) < 100


def test_what_a_post_answers_stays_as_it_is(operator: FlaskClient) -> None:
    answer = operator.post(
        "/api/v1/jobs", json={"type": "generate_embeddings", "args": {"paper_id": "7"}}, headers=READS
    )
    assert answer.status_code == 202
    assert "Content-Encoding" not in answer.headers
