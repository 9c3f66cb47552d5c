"""The real files of readings that the tests of experiments share, and how they are read there."""

from pathlib import Path
from typing import Any, Final

from research.experiments.calculate import Calculated, calculate
from research.experiments.given import given_from
from research.experiments.readings import ReadExperiment, Wishes, read_experiment

DATA: Final = Path(__file__).parents[2] / "data" / "experiments"
SOIL: Final = DATA / "soil-mfc-imwut_v3.1_2.csv"
SOIL_WITH_GAPS: Final = DATA / "soil-mfc-imwut_v3.1_3.csv"
PEM: Final = DATA / "pem-const-current-0.25A-5.csv"
PEM_NOTES: Final = DATA / "pem-const-current-0.25A-5.names"
DBFC: Final = DATA / "dbfc-pd-c-4.csv"
DBFC_NOTES: Final = DATA / "dbfc-pd-c-4.names"


def read(path: Path, notes: Path | None = None, **wishes: Any) -> ReadExperiment:
    """The readings of a file."""
    return read_experiment(path, Wishes(**wishes), notes, lambda rows: None)


def calculated(found: ReadExperiment, kind: str | None = None, **arguments: Any) -> Calculated:
    """The metrics of what was read."""
    return calculate(found.readings, given_from(arguments, found.facts), kind, lambda done, of: None)


def values(found: Calculated, curve: str = "") -> dict[str, float | None]:
    """The metrics of a curve by name."""
    return {metric.name: metric.value for metric in found.metrics if metric.curve == curve}
