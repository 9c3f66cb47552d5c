"""What can be exported, and in which forms; imports nothing, for the declaration of the job type needs the words."""

from typing import Final

BACKUP: Final = "full_backup"
DATASET: Final = "dataset"
TABLES: Final = ("papers", "experiments", "parameters", DATASET)
KINDS: Final = (*TABLES, BACKUP)
# The words for the forms, and how the names of their files end.
FORMATS: Final = {"json": ".json", "ndjson": ".ndjson", "csv": ".csv", "excel": ".xlsx"}


def ending(kind: str, form: str) -> str:
    """How the name of an exported file ends."""
    return ".zip" if kind == BACKUP else FORMATS[form]
