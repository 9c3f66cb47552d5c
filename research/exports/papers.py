"""Papers with what was made of them, and the quantities they report, as tables."""

from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, select

from research.exports.filters import Filters, conditions
from research.exports.snapshot import count, stream
from research.exports.table import Table, fold
from research.models import AnalysisRow, PaperRow, QuantityRow

OF_PAPER: Final = (
    *("id", "title", "authors", "year", "doi", "language", "page_count", "reference_count", "file", "sha256"),
    *("created_at", "updated_at"),
)
OF_ANALYSIS: Final = (
    *("provider", "model", "summary", "key_phrases", "findings", "tokens_in", "tokens_out", "cost_usd", "seconds"),
    "analysed_at",
)
OF_QUANTITY: Final = ("name", "value", "max", "comparator", "plus_minus", "unit", "page", "sentence")


def papers(connection: Connection, filters: Filters) -> Table:
    """Papers in the order of their ids: a row for each analysis, one for a paper without any.

    As records they are papers with a list of analyses. Raises ExportRefused for filters that do not fit.
    """
    columns: dict[str, Any] = {name: getattr(PaperRow, name) for name in OF_PAPER}
    columns |= {name: getattr(AnalysisRow, _stored(name)) for name in OF_ANALYSIS}
    statement = (
        select(*columns.values())
        .select_from(PaperRow)
        .outerjoin(AnalysisRow, AnalysisRow.paper_id == PaperRow.id)
        .where(*conditions(filters, columns))
        .order_by(PaperRow.id, AnalysisRow.id)
    )
    together = partial(fold, outer=OF_PAPER, inner=OF_ANALYSIS, told_by="provider", name="analyses")
    return Table("papers", tuple(columns), count(connection, statement), stream(connection, statement), together)


def _stored(name: str) -> str:
    return "created_at" if name == "analysed_at" else name


def parameters(connection: Connection, filters: Filters) -> Table:
    """The quantities of all papers, by paper and in the order of their text.

    Raises ExportRefused for filters that do not fit.
    """
    columns: dict[str, Any] = {
        "paper_id": QuantityRow.paper_id,
        "title": PaperRow.title,
        "doi": PaperRow.doi,
        "year": PaperRow.year,
        **{name: getattr(QuantityRow, name) for name in OF_QUANTITY},
    }
    statement = (
        select(*columns.values())
        .select_from(QuantityRow)
        .join(PaperRow, PaperRow.id == QuantityRow.paper_id)
        .where(*conditions(filters, columns))
        .order_by(QuantityRow.paper_id, QuantityRow.position)
    )
    return Table("parameters", tuple(columns), count(connection, statement), stream(connection, statement))
