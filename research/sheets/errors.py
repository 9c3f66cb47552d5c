"""What `research.sheets` raises: no retry helps any of it."""

from callboard.jobs.errors import Permanent
from research.errors import ResearchError


class SheetError(ResearchError, Permanent):
    """Parent of the errors of this package."""


class NotATable(SheetError):
    """Raised when a file is no workbook and no text table, whatever its name says."""


class Damaged(SheetError):
    """Raised when a file is the beginning or the ruin of a workbook."""


class PasswordProtected(SheetError):
    """Raised when a workbook opens with a password only."""


class TooLarge(SheetError):
    """Raised when a file is, or unpacks to, more than is read; what looks like a bomb is among that."""


class Forbidden(SheetError):
    """Raised when a file holds what no workbook needs: document types, entities, parts that overlap."""


class NothingToImport(SheetError):
    """Raised when no sheet that was looked at has a row below its header."""


class UnknownSheet(SheetError):
    """Raised when a sheet or column that was asked for is not there."""


class BadCells(SheetError):
    """Raised when cells are not what was expected and the import is to be refused then."""
