"""Workbooks made part by part, so that a test can have in them what no program would write."""

import struct
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"

Part = str | bytes | Iterable[bytes]


def archive(path: Path, parts: Mapping[str, Part]) -> Path:
    """A zip archive; a part that comes in pieces is never in memory as a whole."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in parts.items():
            if isinstance(content, str | bytes):
                zipped.writestr(name, content)
                continue
            with zipped.open(name, "w", force_zip64=True) as part:
                for piece in content:
                    part.write(piece)
    return path


def parts(sheet: Part, *, more: Mapping[str, Part] | None = None, properties: str = "") -> dict[str, Part]:
    """The parts of an .xlsx workbook with one sheet, `Data`."""
    relations = f'<Relationships xmlns="{PACKAGE}">' + "".join(
        f'<Relationship Id="r{number}" Type="{RELATED}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(
            (("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml"))
        )
    )
    return {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r" Type="{RELATED}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATED}"><workbookPr {properties}/>'
        '<sheets><sheet name="Data" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"{relations}</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
        **(more or {}),
    }


def sheet(rows: str, after: str = "") -> str:
    """The XML of a sheet with some rows, and what follows them."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def xlsx(path: Path, rows: str, after: str = "", **more: str) -> Path:
    """A workbook with one sheet; `strings`, `styles` and `properties` are the inside of those parts."""
    extra = {}
    if "strings" in more:
        extra["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{more["strings"]}</sst>'
    if "styles" in more:
        extra["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{more["styles"]}</styleSheet>'
    return archive(path, parts(sheet(rows, after), more=extra, properties=more.get("properties", "")))


def ods(path: Path, tables: str) -> Path:
    """An .ods workbook with some tables."""
    content = (
        f'<office:document-content xmlns:office="{OFFICE}:office:1.0" xmlns:table="{OFFICE}:table:1.0" '
        f'xmlns:text="{OFFICE}:text:1.0" xmlns:calcext="{CALC}">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{OFFICE}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return archive(path, {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def record(kind: int, body: bytes) -> bytes:
    """A record of an .xls workbook."""
    return struct.pack("<HH", kind, len(body)) + body


def number(line: int, column: int, value: float) -> bytes:
    """A cell with a number, counted from 0."""
    return record(0x0203, struct.pack("<HHHd", line, column, 0, value))


def xls(path: Path, cells: bytes, shared: bytes = b"") -> Path:
    """An .xls workbook with one sheet, `Data`, in a compound file of one stream."""
    return compound(path, xls_stream(cells, shared), "Workbook")


def xls_stream(cells: bytes, shared: bytes = b"") -> bytes:
    """The records of such a workbook."""
    start, end = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)), record(0x000A, b"")
    at = len(start) + len(shared) + 4 + 12 + len(end)
    sheet = struct.pack("<IBBBB", at, 0, 0, 4, 0) + b"Data"
    below = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + end
    return (start + shared + record(0x0085, sheet) + end + below).ljust(4096, b"\0")


def compound(path: Path, stream: bytes, name: str) -> Path:
    """A compound file: header, a table of sectors, a directory, and one stream of 4,096 bytes or more."""
    sectors = -(-len(stream) // 512)
    assert sectors <= 126
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(stream)) + bytes(256)
    path.write_bytes(header + table + directory + stream.ljust(sectors * 512, b"\0"))
    return path


def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    """An entry of the directory of a compound file."""
    text = f"{name}\0".encode("utf-16-le")
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBB", len(text), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
