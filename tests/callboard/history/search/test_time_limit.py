import time
from typing import Any

import pytest
from sqlalchemy import BigInteger, Engine, literal, select

from callboard.history.search.time_limit import TimeUp, limited, looking


def counting(last: int) -> Any:
    """Counts up to a number, one row after the other."""
    walk = select(literal(1, BigInteger()).label("number")).cte("walk", recursive=True)
    walk = walk.union_all(select(walk.c.number + 1).where(walk.c.number < last))
    return select(walk.c.number).order_by(walk.c.number.desc()).limit(1)


def test_a_statement_ends_when_its_time_is_up(database: Engine) -> None:
    began = time.monotonic()
    with pytest.raises(TimeUp), looking(database) as connection, limited(connection, 0.1) as sql:
        sql.rows(counting(10**12))
    assert time.monotonic() - began < 10


def test_the_limit_ends_with_the_block(database: Engine) -> None:
    with pytest.raises(TimeUp), looking(database) as connection, limited(connection, 0.02) as sql:
        sql.rows(counting(10**12))
    with looking(database) as connection, limited(connection, 60.0) as sql:
        assert sql.rows(counting(100_000))[0].number == 100_000
    with database.connect() as connection:
        assert connection.execute(counting(100_000)).scalar_one() == 100_000


def test_nothing_is_asked_when_no_time_is_left(database: Engine) -> None:
    with pytest.raises(TimeUp), looking(database) as connection, limited(connection, 0.0) as sql:
        sql.rows(counting(1))


def test_a_connection_goes_on_after_a_limit(database: Engine) -> None:
    with looking(database) as connection:
        with pytest.raises(TimeUp), limited(connection, 0.02) as sql:
            sql.rows(counting(10**12))
        assert connection.execute(counting(1_000)).scalar_one() == 1_000


def ask_again_and_again(engine: Engine, limit: float) -> None:
    """Short statements under one limit, for half a minute at most."""
    end = time.monotonic() + 30
    with looking(engine) as connection, limited(connection, limit) as sql:
        while time.monotonic() < end:
            sql.rows(counting(1_000))


def test_many_statements_share_one_limit(database: Engine) -> None:
    with pytest.raises(TimeUp):
        ask_again_and_again(database, 0.3)
