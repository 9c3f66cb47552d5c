import pytest

from tests.callboard.broker.keyspace import strangers
from tests.jobs import Board

STRANGERS = {
    "{prefix}:queue:default:waiting": (("RPUSH", "x"), "is a list, which is not in the table of keys"),
    "{prefix}:somewhere": (("SADD", "x"), "is a set, which is not in the table of keys"),
    "{prefix}:queue:default:starts": (("RPUSH", "1"), "lives one rate window, but has -1 ms to live"),
    "{prefix}:job:x": (("HSET", "colour", "red"), "has fields that no table knows: ['colour']"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_key_that_the_table_does_not_know_is_found(board: Board, name: str) -> None:
    (command, *values), words = STRANGERS[name]
    key = name.format(prefix=board.prefix)
    board.links.call(command, key, *values)
    assert list(strangers(board.links)) == [f"{key} {words}"]
    board.links.call("DEL", key)


# S3.29 S4.48
def test_jobs_in_every_state_leave_only_known_keys(board: Board) -> None:
    for state in ("waiting", "delayed", "blocked", "active", "completed", "failed", "cancelled"):
        board.job_in(state, f"q-{state}", unique=f"u-{state}", fairness="ada")
    assert list(strangers(board.links)) == []
