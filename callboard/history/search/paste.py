"""The job that is meant by whatever somebody pastes: an id, a URL, a line of a log."""

from __future__ import annotations

import re
from typing import Final

ID: Final = re.compile(r"(?<![0-9A-Z])[0-7][0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Z])", re.IGNORECASE | re.ASCII)
LABEL: Final = re.compile(r"""([A-Za-z_][\w.-]*)["']?\s?[:=/]\s?["']?\Z""", re.ASCII)
# How a job is called where its id stands after a name, as in `job_id=` and `/jobs/`.
OF_A_JOB: Final = ("job", "jobs", "j", "job_id", "jobid", "message_id")
LONGEST: Final = 10_000
LABEL_MOST: Final = 40


def job_id_in(text: str) -> str | None:
    """The id of the one job that a text names, None where it names none or several.

    An id that stands after another name, such as `flow:`, is not that of a job; `-id:` is a search.
    """
    named: dict[str, None] = {}
    bare: dict[str, None] = {}
    for found in ID.finditer(text[:LONGEST]):
        before = text[max(0, found.start() - LABEL_MOST) : found.start()]
        label = LABEL.search(before)
        name = label[1].lower() if label else ""
        excluded = before[: label.start() if label else None].endswith("-")
        if not excluded and name in ("", "id", *OF_A_JOB):
            (named if name in OF_A_JOB else bare)[found[0].upper()] = None
    ids = list(named or bare)
    return ids[0] if len(ids) == 1 else None
