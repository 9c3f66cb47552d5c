"""What the mail about a finished export says, and whether the file goes with it or is linked."""

from pathlib import Path
from typing import Any, Final

from research.exports.errors import UnknownExport
from research.exports.links import address, link_secret, sign
from research.exports.shelf import Export, Shelf, find

# Above, many mail servers refuse; base64 makes it a third larger on the way.
ATTACHED_BYTES: Final = 5_000_000


def link_to(export: Export, home: Path, public_url: str | None) -> str:
    """The signed link to an export; without a public address of the platform only its path."""
    return address(public_url, sign(link_secret(home), export.file.reference, export.links_until))


def notice(shelf: Shelf, job: str, home: Path, public_url: str | None) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Values for the template `export_ready`, and the attachments, of what a job has exported.

    The link is made here, when the mail is, so that it stands in no record of a job. Raises UnknownExport.
    """
    export = find(shelf, job)
    if export is None:
        raise UnknownExport(f"job {job} has exported nothing, or its file is gone: export anew")
    attached = export.file.size <= ATTACHED_BYTES
    values = {
        "kind": export.kind.replace("_", " "),
        "file": export.file.name,
        "rows": export.rows,
        "size": f"{export.file.size:,} bytes",
        "cut_cells": export.cut_cells,
        "attached": attached,
        "link": link_to(export, home, public_url),
        "until": f"{export.links_until:%Y-%m-%d %H:%M} UTC",
    }
    return values, [{"file": export.file.reference, "name": export.file.name}] if attached else []
