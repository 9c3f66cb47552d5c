"""The clock of the database, for times that several machines compare."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class sql_now_ms(FunctionElement[int]):  # noqa: N801 - written like the SQL function that it stands for
    """Milliseconds since 1970 by the database's clock, as it is when the statement runs."""

    type = BigInteger()
    inherit_cache = True


@compiles(sql_now_ms, "sqlite")
def _on_sqlite(*_: Any, **__: Any) -> str:
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


@compiles(sql_now_ms, "postgresql")
def _on_postgresql(*_: Any, **__: Any) -> str:
    # now() stands still during a transaction, and a caller's may be long.
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
