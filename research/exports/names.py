"""What can be exported, and in which forms; imports nothing, for the declaration of the job type needs the words."""

from typing import Final

BACKUP: Final = "full_backup"
DATASET: Final = "dataset"
EXPERIMENTS: Final = "experiments"
# What `table` may say beside the name of a dataset: the readings of experiments instead of their metrics.
READINGS: Final = "readings"
TABLES: Final = ("papers", EXPERIMENTS, "parameters", DATASET)
KINDS: Final = (*TABLES, BACKUP)
# The words for the forms, and how the names of their files end.
FORMATS: Final = {"json": ".json", "ndjson": ".ndjson", "csv": ".csv", "excel": ".xlsx"}


def ending(kind: str, form: str) -> str:
    """How the name of an exported file ends."""
    return ".zip" if kind == BACKUP else FORMATS[form]


def table_fits(kind: str, table: str | None) -> bool:
    """Whether a kind and the table named with it go together."""
    if kind == DATASET:
        return bool(table)
    return table is None or (kind == EXPERIMENTS and table == READINGS)
