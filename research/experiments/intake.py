"""Take the readings of a file into the database, and say in a few numbers what was found."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from callboard.history.database import Engine
from research.experiments.quality import check
from research.experiments.readings import ReadExperiment, Wishes, read_experiment
from research.experiments.shelf import forget_run, point_to, write_readings
from research.files import StoredFile

# For the share that is read; how many rows a file has shows only at its end.
BYTES_OF_ROW: Final = 40
SHOWN_OF_KIND: Final = 3
SHOWN_IN_RESULT: Final = 30
Progress = Callable[[float, float, str], None]


def take_in(
    engine: Engine,
    path: Path,
    stored: StoredFile,
    *,
    experiment_id: str,
    title: str | None,
    wishes: Wishes,
    notes: Path | None,
    progress: Progress,
) -> dict[str, Any]:
    """Read, check and store the readings of a file; what an earlier run stored is replaced at the very end.

    Raises ExperimentError for a file or wish that no repetition would mend.
    """
    likely = stored.size // BYTES_OF_ROW + 1
    progress(0, 1, "read")
    read = read_experiment(path, wishes, notes, lambda rows: progress(min(rows, likely), 2 * likely, "read"))
    quality = check(read.readings, read.problems)
    count, run = len(read.readings.lines), secrets.token_hex(10)
    try:
        write_readings(
            engine, experiment_id, run, read.readings, lambda written: progress(count + written, 2 * count + 1, "store")
        )
        name = title or stored.name
        point_to(engine, experiment_id, run, read, title=name, stored=stored, quality=quality)
    except BaseException:
        # A cancelled or failed job leaves nothing behind; after a crash the next run deletes what is left.
        forget_run(engine, experiment_id, run)
        raise
    progress(1, 1, "stored")
    return summary(experiment_id, read, quality)


def summary(experiment_id: str, read: ReadExperiment, quality: dict[str, Any]) -> dict[str, Any]:
    """What was read, small enough for the result of a job; all problems that were kept are with the experiment."""
    readings, sampling = read.readings, quality["sampling"]
    return {
        "experiment_id": experiment_id,
        "rows": read.rows,
        "readings": len(readings.lines),
        "sheet": read.sheet,
        "columns": [
            {"header": c.header, "quantity": c.quantity, "kind": c.kind, "given_unit": c.given, "unit": c.unit}
            for c in readings.columns
        ],
        "facts": dict(read.facts),
        "problems": quality["counts"],
        "first_problems": first_of_each(quality["shown"])[:SHOWN_IN_RESULT],
        "sampling": {key: value for key, value in sampling.items() if key != "shown"} if sampling else None,
    }


def first_of_each(problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first problems of each kind and column."""
    counts: Counter[tuple[str, str | None]] = Counter()
    shown = []
    for problem in problems:
        counts[problem["kind"], problem["column"]] += 1
        if counts[problem["kind"], problem["column"]] <= SHOWN_OF_KIND:
            shown.append(problem)
    return shown
