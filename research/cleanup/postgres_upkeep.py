"""Upkeep of a PostgreSQL database: statements that run outside a transaction and lock nobody out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Engine, text

# An index is built anew where more than half of it is estimated to be air, and that is worth the work.
BLOATED: Final = 0.5
LEAST_BYTES: Final = 1 << 20

TABLES: Final = """
    SELECT quote_ident(schemaname) || '.' || quote_ident(relname) FROM pg_stat_user_tables
    WHERE schemaname = current_schema() ORDER BY n_dead_tup DESC, relname
"""
# Left over where a REINDEX CONCURRENTLY was broken off (PostgreSQL manual on REINDEX).
BROKEN: Final = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT i.indisvalid AND c.relname ~ '_ccnew[0-9]*$' AND n.nspname = current_schema()
"""
# A B-tree holds, for each entry, the width of its columns with 8 bytes of header, aligned to 8, and 4 bytes of
# pointer, in pages that are filled to 90 % (PostgreSQL source, src/include/access/itup.h and nbtree.h).
INDEXES: Final = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, pg_relation_size(c.oid) AS bytes,
        c.reltuples * (ceil((8 + COALESCE(sum(s.avg_width), 8)) / 8.0) * 8 + 4) / 0.9 AS needed
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_am m ON m.oid = c.relam JOIN pg_class t ON t.oid = i.indrelid
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey)
    LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = t.relname AND s.attname = a.attname
    WHERE m.amname = 'btree' AND n.nspname = current_schema() AND i.indisvalid
    GROUP BY n.nspname, c.relname, c.oid, c.reltuples ORDER BY c.relname
"""
SIZES: Final = """
    SELECT COALESCE(sum(pg_total_relation_size(relid)), 0)::bigint, COALESCE(sum(pg_indexes_size(relid)), 0)::bigint,
        COALESCE(sum(n_dead_tup), 0)::bigint
    FROM pg_stat_user_tables WHERE schemaname = current_schema()
"""


def steps(engine: Engine, least_bytes: int = LEAST_BYTES) -> Iterator[tuple[str, str, bool]]:
    """Name, statement and whether it repeats, of each thing to do."""
    with engine.connect() as connection:
        broken, tables, indexes = (connection.execute(text(query)).all() for query in (BROKEN, TABLES, INDEXES))
    for (name,) in broken:
        yield f"drop {name}", f"DROP INDEX CONCURRENTLY IF EXISTS {name}", False
    for (name,) in tables:
        yield f"vacuum {name}", f"VACUUM (ANALYZE) {name}", False
    for name, size, needed in indexes:
        if size > least_bytes and needed >= 0 and needed < (1 - BLOATED) * size:
            yield f"rebuild {name}", f"REINDEX INDEX CONCURRENTLY {name}", False


def run(engine: Engine, statement: str) -> bool:
    """Do one statement outside a transaction; never worth to be repeated."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
    return False


def sizes(engine: Engine) -> dict[str, int]:
    """Bytes of the tables with their indexes, of the indexes alone, and rows that are dead."""
    with engine.connect() as connection:
        row: Any = connection.execute(text(SIZES)).one()
    return {"database": int(row[0]), "indexes": int(row[1]), "dead_rows": int(row[2])}
