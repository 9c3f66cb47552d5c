"""What holds for every answer of the application: its size."""

import zlib

from flask.testing import FlaskClient

READS = {"Accept-Encoding": "gzip, deflate"}


def test_pages_and_files_are_sent_in_less_bytes_to_who_can_read_them(viewer: FlaskClient) -> None:
    for path in ("/admin/queues/jobs", "/static/dashboard/dashboard.css", "/static/dashboard/dashboard.js"):
        with viewer.get(path) as plain, viewer.get(path, headers=READS) as small:
            assert small.headers["Content-Encoding"] in ("gzip", "deflate")
            assert "Accept-Encoding" in small.headers["Vary"]
            assert "Content-Encoding" not in plain.headers
            assert len(small.data) < len(plain.data) / 2
            unpacked = zlib.decompress(small.data, wbits=47)  # either of the two
            assert abs(len(unpacked) - len(plain.data)) < 100


def test_json_stays_as_it_is_and_an_unchanged_file_is_not_sent_again(viewer: FlaskClient) -> None:
    assert "Content-Encoding" not in viewer.get("/api/v1/openapi.json", headers=READS).headers
    with viewer.get("/static/dashboard/dashboard.css", headers=READS) as first:
        mark = first.headers["ETag"]
    with viewer.get("/static/dashboard/dashboard.css", headers=READS | {"If-None-Match": mark}) as again:
        assert again.status_code == 304
