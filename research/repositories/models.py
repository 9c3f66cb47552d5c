"""The table of analysed repositories."""

from datetime import datetime

from sqlalchemy import Float, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from research.column_types import UtcDateTime
from research.models import Model, now


class RepositoryAnalysisRow(Model):
    """What was found in one repository at one commit; the whole report is the file that `report_file` names."""

    __tablename__ = "repo_analyses"
    __table_args__ = (UniqueConstraint("repository", "commit", "scope"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    repository: Mapped[str] = mapped_column(String(500))
    commit: Mapped[str] = mapped_column(String(64))
    # how much was looked at: the limits of the call, so that another scope is another analysis
    scope: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(Text)
    commits: Mapped[int] = mapped_column(Integer)
    authors: Mapped[int] = mapped_column(Integer)
    files: Mapped[int] = mapped_column(Integer)
    language: Mapped[str | None] = mapped_column(String(60))
    licence: Mapped[str | None] = mapped_column(String(60))
    health: Mapped[float] = mapped_column(Float)
    report_file: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
