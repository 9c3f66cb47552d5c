"""Import a small file while the caller waits, in a child process of its own with a limit of time and memory."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from typing import Any, Final

from pebble import ProcessExpired, ProcessPool

from callboard.jobs.errors import Permanent, Transient
from callboard.worker.child_limits import memory_bound, ran_out_of_memory
from research.sheets.errors import SheetError, TooLarge
from research.sheets.importing import Order, Source

SMALL_BYTES: Final = 5_000_000
SECONDS: Final = 30.0
MEMORY_MB: Final = 280


def import_at_once(
    url: str, path: Path, source: Source, order: Order, *, seconds: float = SECONDS, memory_mb: int = MEMORY_MB
) -> dict[str, Any]:
    """Import a file of up to 5 MB into the database at `url` and return what `excel_import` would.

    Raises SheetError for what the file or the order cannot have, TooLarge for one that needs a job or more than the
    limits, Transient where the child process dies.
    """
    size = path.stat().st_size
    if size > SMALL_BYTES:
        raise TooLarge(f"{source.name} has {size:,} bytes; from {SMALL_BYTES:,} on it is imported by a job")
    pool = ProcessPool(max_workers=1, context=multiprocessing.get_context("spawn"))
    try:
        future = pool.schedule(_import, args=(url, path, source, order, memory_mb), timeout=seconds)
        result, refusal = future.result()
    except TooLate:
        raise TooLarge(f"{source.name} takes longer than {seconds:g} s to import; import it by a job") from None
    except ProcessExpired as error:
        raise Transient(f"the process that imported {source.name} died: {error}") from None
    finally:
        pool.stop()
        pool.join()
    if refusal:
        raise SheetError(refusal)
    return dict(result)


def _import(url: str, path: Path, source: Source, order: Order, memory_mb: int) -> tuple[dict[str, Any], str]:
    """What became of it, or why it was refused: in words, for not every exception survives the way to the caller."""
    from callboard.history.database import connect
    from research.sheets.importing import import_book
    from research.sheets.open_book import open_book

    engine = connect(url)
    try:
        with memory_bound(memory_mb), open_book(path, source.name) as book:
            return import_book(engine, book, source, order), ""
    except Permanent as error:
        return {}, str(error)
    except (MemoryError, OSError) as error:
        if not ran_out_of_memory(error):
            raise
        return {}, f"{source.name} needs more than {memory_mb} MB of memory to be read"
    finally:
        engine.dispose()
