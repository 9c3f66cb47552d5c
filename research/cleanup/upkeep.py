"""Upkeep of the database: statistics, indexes, and space that nobody uses; in steps that others can work beside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from research.cleanup import postgres_upkeep, sqlite_upkeep


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of the upkeep; where it repeats, it is done in bites until nothing is left to do."""

    name: str
    statement: str
    repeats: bool = False


def steps(engine: Engine, *, vacuum: bool = False) -> Iterator[Step]:
    """What is to be done with a database as it is now; `vacuum` writes a SQLite file anew."""
    if engine.dialect.name == "sqlite":
        yield from (Step(*step) for step in sqlite_upkeep.steps(engine, vacuum))
    else:
        yield from (Step(*step) for step in postgres_upkeep.steps(engine))


def run_step(engine: Engine, step: Step, say: Callable[[], None]) -> float:
    """Do one step outside any transaction; returns its seconds. `say` is called between bites and may stop it."""
    started = time.monotonic()
    side: Any = sqlite_upkeep if engine.dialect.name == "sqlite" else postgres_upkeep
    while side.run(engine, step.statement) and step.repeats:
        say()
    return round(time.monotonic() - started, 3)


def sizes(engine: Engine) -> dict[str, int]:
    """Bytes of the database, of its indexes where that is known, and of the space in it that nobody uses."""
    side: Any = sqlite_upkeep if engine.dialect.name == "sqlite" else postgres_upkeep
    found: dict[str, int] = side.sizes(engine)
    return found
