"""Calculate and store the metrics of a stored experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from callboard.history.database import Engine, writing
from research.experiments.calculate import Calculated, calculate
from research.experiments.given import given_from
from research.experiments.shelf import load_readings, store_metrics

SHOWN_IN_RESULT: Final = 200
Progress = Callable[[float, float, str], None]


def evaluate(
    engine: Engine, experiment_id: str, kind: str | None, arguments: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Calculate the metrics of an experiment and replace those that it has.

    Raises UnknownExperiment, and NotCalculable for an argument that makes no sense.
    """
    progress(0, 3, "load")
    experiment, readings = load_readings(engine, experiment_id, lambda share: progress(min(share, 1.0), 3, "load"))
    progress(1, 3, "calculate")
    given = given_from(arguments, experiment.facts)
    found = calculate(readings, given, kind, lambda done, of: progress(1 + done / of, 3, "calculate"))
    progress(2, 3, "store")
    calculated = {
        "kind": found.kind,
        "curves": found.curves,
        "checks": found.checks,
        "given": dict(given.said or {}),
        "conditions": list(given.conditions) if given.conditions is not None else None,
        "run": experiment.run,
    }
    with writing(engine) as session:
        store_metrics(session, experiment_id, calculated, found.metrics)
    progress(3, 3, "stored")
    return summary(experiment_id, found)


def summary(experiment_id: str, found: Calculated) -> dict[str, Any]:
    """The numbers that were found, as the result of a job; methods and sources are stored with the experiment."""
    values = [metric for metric in found.metrics if metric.value is not None]
    return {
        "experiment_id": experiment_id,
        "kind": found.kind,
        "curves": len(found.curves),
        "metrics": len(values),
        "missing": len(found.metrics) - len(values),
        "checks": found.checks,
        "values": [
            {"curve": metric.curve, "name": metric.name, "value": metric.value, "unit": metric.unit}
            for metric in values[:SHOWN_IN_RESULT]
        ],
    }
