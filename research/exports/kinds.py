"""The kinds of exports as tables."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from research.exports import datasets
from research.exports.errors import ExportRefused
from research.exports.experiments import experiments, readings
from research.exports.filters import Filters
from research.exports.names import DATASET, READINGS
from research.exports.papers import papers, parameters
from research.exports.table import Table

OPEN: Final[dict[tuple[str, str | None], Callable[[Connection, Filters], Table]]] = {
    ("papers", None): papers,
    ("parameters", None): parameters,
    ("experiments", None): experiments,
    ("experiments", READINGS): readings,
}


def open_table(connection: Connection, kind: str, filters: Filters, part: str | None = None) -> Table:
    """The table of a kind as it is at the moment of the connection's transaction; `part` names a dataset, or readings.

    Raises ExportRefused for an unknown kind and for filters that do not fit, UnknownDataset, BadName.
    """
    if kind == DATASET:
        return datasets.dataset(connection, part or "", filters)
    if (kind, part) not in OPEN:
        known = ", ".join(" ".join(filter(None, names)) for names in (*OPEN, (DATASET, "NAME")))
        raise ExportRefused(f"{kind} {part or ''} cannot be exported; there are {known}")
    return OPEN[kind, part](connection, filters)
