"""The kinds of exports as tables."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from research.exports import datasets
from research.exports.errors import ExportRefused
from research.exports.filters import Filters
from research.exports.names import DATASET
from research.exports.papers import papers, parameters
from research.exports.table import Table

OPEN: Final[dict[str, Callable[[Connection, Filters], Table]]] = {"papers": papers, "parameters": parameters}


def open_table(connection: Connection, kind: str, filters: Filters, dataset: str | None = None) -> Table:
    """The table of a kind as it is at the moment of the connection's transaction.

    Raises ExportRefused for an unknown kind and for filters that do not fit, UnknownDataset, BadName.
    """
    if kind == DATASET:
        return datasets.dataset(connection, dataset or "", filters)
    if kind not in OPEN:
        raise ExportRefused(f"kind {kind!r} cannot be exported; there are {', '.join((*OPEN, DATASET))}")
    return OPEN[kind](connection, filters)
