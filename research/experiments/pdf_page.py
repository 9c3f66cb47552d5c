"""The report of an experiment as a PDF, set by typst."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from research.experiments.document import Document


def to_pdf(document: Document) -> bytes:
    """The pages; texts from the file reach typst as data, never as source, so that none is taken for a command."""
    import typst

    with TemporaryDirectory(prefix="callboard-report-") as folder:
        root = Path(folder)
        source = files("research.experiments").joinpath("templates", "report.typ").read_text(encoding="utf-8")
        (root / "report.typ").write_text(source, encoding="utf-8")
        for number, plot in enumerate(document.plots):
            (root / f"plot-{number}.svg").write_bytes(plot.svg)
        values = asdict(document) | {"plots": [{"title": p.title, "caption": p.caption} for p in document.plots]}
        text = json.dumps(values, ensure_ascii=False).encode("utf-8", "replace")
        (root / "report.json").write_bytes(text)
        pdf: bytes = typst.compile(root / "report.typ", root=root)
        return pdf
