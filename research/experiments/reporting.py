"""Write the reports of a stored experiment, and keep the newest of each format."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any, Final

from callboard.history.database import Engine, reading, writing
from research.experiments.document import Document, document
from research.experiments.errors import NotCalculable
from research.experiments.html_page import to_html
from research.experiments.models import ReportRow
from research.experiments.pdf_page import to_pdf
from research.experiments.shelf import find_experiment, load_readings, metrics_of
from research.files import FileStore, StoredFile
from research.library import upsert
from research.models import now

WRITERS: Final[dict[str, Callable[[Document], bytes]]] = {"html": to_html, "pdf": to_pdf}
Progress = Callable[[float, float, str], None]


def write_reports(
    engine: Engine, files: FileStore, experiment_id: str, formats: Sequence[str], progress: Progress
) -> dict[str, Any]:
    """Write a report in each format and replace the one that was there. Raises UnknownExperiment, NotCalculable."""
    if "pdf" in formats and find_spec("typst") is None:
        raise NotCalculable("a PDF needs the extra pdf-report, which this worker lacks; install it, or ask for html")
    steps = 3 + len(formats)
    progress(0, steps, "load")
    experiment, readings = load_readings(engine, experiment_id, lambda share: progress(min(share, 1.0), steps, "load"))
    if experiment.calculated is None:
        raise NotCalculable(f"experiment {experiment_id} has no metrics yet: calculate its metrics first")
    with reading(engine) as session:
        metrics = metrics_of(session, experiment_id)
        session.expunge_all()
    made = document(
        experiment, readings, metrics, datetime.now(UTC), lambda step: progress(1 + (step == "tables"), steps, step)
    )
    reports = []
    for done, form in enumerate(formats, start=3):
        progress(done, steps, form)
        stored = files.put(WRITERS[form](made), f"{file_name(experiment.title)}.{form}")
        replace_report(engine, files, experiment_id, form, stored)
        reports.append({"format": form, "file": stored.reference, "name": stored.name, "size": stored.size})
    progress(1, 1, "stored")
    return {"experiment_id": experiment_id, "plots": len(made.plots), "reports": reports}


def replace_report(engine: Engine, files: FileStore, experiment_id: str, form: str, stored: StoredFile) -> None:
    """Let the experiment have a new report, and delete the file of the one that it replaces."""
    values = {"reference": stored.reference, "name": stored.name, "size": stored.size, "created_at": now()}
    with writing(engine) as session:
        find_experiment(session, experiment_id)
        before = session.get(ReportRow, (experiment_id, form))
        old = before.reference if before else None
        upsert(session, ReportRow, {"experiment_id": experiment_id, "format": form}, values)
    # After the commit: a crash leaves a file too many, which the clean-up finds, and never a report without a file.
    if old and old != stored.reference:
        files.delete(old)


def file_name(title: str) -> str:
    """The title as the name of a file."""
    stem = re.sub(r"\.(csv|txt|tsv|dat|xlsx?|xlsb|ods)\Z", "", title, flags=re.I)
    return re.sub(r"[^\w.-]+", "-", stem).strip("-.")[:80] or "experiment"
