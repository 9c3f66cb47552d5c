"""Run jobs again that Redis has forgotten and the history still knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Engine, select

from callboard.broker.client import Client
from callboard.broker.restoring import Restorer
from callboard.broker.store import Store
from callboard.history.bulk import Act
from callboard.history.database import reading
from callboard.history.models import JobRow, table_of
from callboard.history.rows import record_of

JOBS: Final = table_of(JobRow)


def restore_of(
    engine: Engine,
    client: Client,
    request: str,
    *,
    from_checkpoint: bool | None = None,
    fields: Mapping[str, str] | None = None,
) -> Act:
    """What writes forgotten jobs again as they finished, and reruns them under their ids; answers as `rerun` does.

    A job that the history does not know either is `MISSING`. With the same request id nothing is run twice.
    """
    again = partial(client.rerun, request=request, from_checkpoint=from_checkpoint, fields=fields)
    restorer, store = Restorer(client.links), Store(client.links)

    def restore(ids: Sequence[str]) -> list[str]:
        with reading(engine) as session:
            rows = [dict(row) for row in session.execute(select(*JOBS.c).where(JOBS.c.id.in_(ids))).mappings()]
        records = {row["id"]: record_of(row) for row in rows}
        restorer.restore(records, store.now_ms())
        answers = dict(zip(records, again(*records), strict=True)) if records else {}
        return [answers.get(id, "MISSING") for id in ids]

    return restore
