"""What a backup says of itself: which tables it has, how many rows, and the hashes of their contents."""

from dataclasses import dataclass
from typing import Final

FORMAT: Final = "callboard-backup"
MANIFEST: Final = "manifest.json"
INDEX: Final = "files/index.jsonl"


@dataclass(frozen=True)
class Part:
    """A member of the backup with JSON lines: how many, how many bytes they take, and their SHA-256."""

    name: str
    rows: int
    bytes: int
    sha256: str
    columns: list[str]

    @property
    def member(self) -> str:
        """Its name in the file."""
        return INDEX if self.name == INDEX else f"tables/{self.name}.jsonl"


@dataclass(frozen=True)
class Manifest:
    """The contents of a backup; `schema` is the version of the tables, `files` the list of stored files, if any."""

    format: str
    schema: str
    made_at: str
    tables: list[Part]
    files: Part | None = None

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(part.rows for part in self.tables)

    @property
    def counts(self) -> dict[str, int]:
        """The rows of each table that has some."""
        return {part.name: part.rows for part in self.tables if part.rows}
