"""The analyses that are kept: one for each repository, commit and scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from research.column_types import storable
from research.models import now
from research.repositories.analysis import Analysis
from research.repositories.models import RepositoryAnalysisRow


@dataclass(frozen=True, slots=True)
class Kept:
    """An analysis as lists show it; `report_file` is the reference of the whole report."""

    repository: str
    name: str
    commit: str
    scope: str
    commits: int
    authors: int
    files: int
    language: str | None
    licence: str | None
    health: float
    report_file: str
    created_at: datetime


def keep(session: Session, analysis: Analysis, report_file: str) -> str | None:
    """Keep an analysis in place of that of the same commit and scope; the report file of that, which is due to go."""
    key = {"repository": analysis.place.text[:500], "commit": analysis.commit, "scope": analysis.scope}
    row = session.scalar(select(RepositoryAnalysisRow).filter_by(**key).with_for_update())
    replaced = row.report_file if row else None
    if row is None:
        row = RepositoryAnalysisRow(**key)
        session.add(row)
    row.name = storable(analysis.place.name)
    row.commits, row.authors, row.files = analysis.commits, analysis.authors, analysis.files
    row.language, row.licence, row.health = analysis.language, analysis.licence, analysis.health
    row.report_file, row.created_at = report_file, now()
    return replaced


def analyses(session: Session, repository: str | None = None, limit: int = 100) -> list[Kept]:
    """The newest analyses, of one repository if it is named."""
    query = select(RepositoryAnalysisRow).order_by(RepositoryAnalysisRow.created_at.desc()).limit(limit)
    if repository is not None:
        query = query.where(RepositoryAnalysisRow.repository == repository)
    return [_kept(row) for row in session.scalars(query)]


def _kept(row: RepositoryAnalysisRow) -> Kept:
    return Kept(
        row.repository,
        row.name,
        row.commit,
        row.scope,
        row.commits,
        row.authors,
        row.files,
        row.language,
        row.licence,
        row.health,
        row.report_file,
        row.created_at,
    )
