"""What a mail about an experiment says: its title, the numbers people look for first, and its newest reports."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from research.experiments.columns import column_from
from research.experiments.highlights import highlights
from research.experiments.shelf import find_experiment, metrics_of, reports_of
from research.experiments.shown import measures, plain


def mail_facts(session: Session, experiment_id: str) -> dict[str, Any]:
    """The values for the template `experiment_complete`. Raises UnknownExperiment."""
    experiment = find_experiment(session, experiment_id)
    known = measures(column_from(stored) for stored in experiment.columns)
    numbers = highlights(metrics_of(session, experiment_id), known)
    return {
        "experiment": plain(experiment.title, 120),
        "metrics": {name: f"{value} ({where})" if where else value for name, value, where in numbers},
    }


def mail_attachments(session: Session, experiment_id: str) -> list[dict[str, str]]:
    """The newest reports of an experiment as attachments; none where none were made. Raises UnknownExperiment."""
    find_experiment(session, experiment_id)
    return [{"file": report.reference, "name": report.name} for report in reports_of(session, experiment_id)]
