"""An experiment as one JSON object, and as a page of Markdown for a terminal."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from research.experiments.columns import column_from
from research.experiments.quality_pages import quality_sentences
from research.experiments.shelf import find_experiment, metrics_of, reports_of
from research.experiments.shown import in_words, measures, plain
from research.experiments.tables import Table, metric_tables, missing_table


def overview(session: Session, experiment_id: str) -> dict[str, Any]:
    """Everything known of an experiment but its readings. Raises UnknownExperiment."""
    experiment = find_experiment(session, experiment_id)
    metrics = metrics_of(session, experiment_id)
    known = measures(column_from(stored) for stored in experiment.columns)
    calculated = experiment.calculated or {}
    return {
        "experiment_id": experiment.id,
        "title": experiment.title,
        "file": experiment.file,
        "kind": calculated.get("kind"),
        "readings": experiment.readings,
        "columns": experiment.columns,
        "facts": experiment.facts,
        "quality": experiment.quality,
        "sentences": quality_sentences(experiment.quality, calculated.get("checks", {}), experiment.readings),
        "metrics": [
            {
                "curve": metric.curve,
                "name": metric.name,
                "value": metric.value,
                "unit": metric.unit,
                "method": metric.method,
                "source": metric.source,
                "inputs": metric.inputs,
                "missing": metric.missing,
            }
            for metric in metrics
        ],
        "tables": [vars(table) for table in (*metric_tables(metrics, known), *missing_table(metrics))],
        "reports": [
            {"format": report.format, "file": report.reference, "name": report.name, "size": report.size}
            for report in reports_of(session, experiment_id)
        ],
    }


def to_markdown(report: dict[str, Any]) -> str:
    """Title, quality, tables, and where the reports are stored."""
    kind, file = in_words(report["kind"] or "not calculated"), plain(report["file"], 200)
    parts = [
        f"# {plain(report['title'], 200)}",
        f"{kind}, {report['readings']:,} readings, {file}",
        "\n".join(f"- {line}" for line in report["sentences"]),
        *(markdown_table(Table(**table)) for table in report["tables"]),
        "## Reports\n\n" + "\n".join(f"- {entry['name']}: {entry['file']}" for entry in report["reports"]),
    ]
    return "\n\n".join(parts) + "\n"


def markdown_table(table: Table) -> str:
    """A table of Markdown under its title."""
    rows = [table.head, ["---"] * len(table.head), *table.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return f"## {table.title}\n\n" + "\n".join(lines) + (f"\n\n{table.remark}" if table.remark else "")
