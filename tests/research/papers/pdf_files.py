"""Small PDFs written by hand for the tests: bombs, clipped text, lists of pages."""

from __future__ import annotations

import zlib
from pathlib import Path

FONT = b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n" % (extra, len(data)) + data + b"\nendstream"


def deflated(data: bytes, extra: bytes = b"") -> bytes:
    return stream(zlib.compress(data, 9), b"/Filter/FlateDecode" + extra)


def write_pdf(path: Path, contents: list[bytes], more: list[bytes] | None = None, resources: bytes = b"") -> Path:
    """A PDF with a page for each content stream; further objects are numbered after all pages and contents."""
    count = len(contents)
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(count))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count)]
    objects += [
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R/Resources<<%s%s>>>>"
        % (3 + count + number, FONT, resources)
        for number in range(count)
    ]
    objects += contents + (more or [])
    out, places = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1, table, len(objects) + 1, len(out),
    )  # fmt: skip
    path.write_bytes(out)
    return path


def shown(*lines: tuple[int, int, int, str]) -> bytes:
    """Content that shows lines of (x, y, size, text)."""
    return b"\n".join(
        b"BT /F1 %d Tf %d %d Td (%s) Tj ET" % (size, x, y, text.encode("latin-1")) for x, y, size, text in lines
    )
