"""One policy for connections: what breaks becomes one error, and no reply is ever taken for another's."""

import os
from collections.abc import Iterator

import pytest
from redis import exceptions

from callboard.broker.errors import ConnectionLost, ScriptFault, StoreFull
from callboard.broker.keys import HELD_CLOCK
from callboard.broker.link import Link, Links, translate
from callboard.broker.scripts import Scripts
from callboard.broker.store import Store
from tests.jobs import held_scripts


@pytest.fixture
def links(valkey_url: str, prefix: str) -> Iterator[Links]:
    links = Links(valkey_url, held_scripts(), prefix)
    yield links
    links.close()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.OutOfMemoryError("OOM command not allowed"), StoreFull),
        (exceptions.ResponseError("OOM command not allowed when used memory > 'maxmemory'"), StoreFull),
        (exceptions.ConnectionError("reset"), ConnectionLost),
        (exceptions.TimeoutError("slow"), ConnectionLost),
        (exceptions.ReadOnlyError("You can't write against a read only replica."), ConnectionLost),
        (exceptions.BusyLoadingError("Redis is loading the dataset in memory"), ConnectionLost),
        (exceptions.ResponseError("TRYAGAIN Multiple keys request during rehashing of slot"), ConnectionLost),
        (exceptions.ResponseError("BUSY Redis is busy running a script"), ConnectionLost),
        (exceptions.ResponseError("MASTERDOWN Link with MASTER is down"), ConnectionLost),
        (OSError("no route to host"), ConnectionLost),
        (exceptions.ResponseError("WRONGTYPE Operation against a key"), ScriptFault),
        (exceptions.ResponseError("ERR user_script:7: Script attempted to access nonexistent global"), ScriptFault),
    ],
)
def test_what_the_client_library_raises_becomes_one_of_ours(error: Exception, kind: type[Exception]) -> None:
    assert type(translate(error)) is kind or isinstance(translate(error), kind)


def test_nothing_listens_there(prefix: str) -> None:
    links = Links("redis://127.0.0.1:1/0", held_scripts(), prefix)
    with pytest.raises(ConnectionLost, match="the Redis server"):
        links.call("PING")


def test_a_server_that_forgot_the_scripts_is_told_them_again(links: Links) -> None:
    links.call("SCRIPT", "FLUSH")
    assert links.call(*links.script("settle", 10)) == 0
    assert links.run(links.script("settle", 10), ("PING",), links.script("settle", 10)) == [0, "PONG", 0]


def test_the_first_command_that_failed_is_raised_and_the_connection_stays_usable(links: Links) -> None:
    links.call("SET", f"{links.prefix}:text", "x")
    with pytest.raises(ScriptFault, match="WRONGTYPE"):
        links.run(("PING",), ("LPUSH", f"{links.prefix}:text", "y"), ("PING",))
    assert links.call("ECHO", "next") == "next"


def test_a_reply_that_was_waited_for_when_the_thread_was_interrupted_is_not_taken_for_the_next(
    links: Links, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(BaseException):
        pass

    def interrupt(*_: object) -> None:
        raise Interrupted

    links.call("PING")
    with monkeypatch.context() as patched:
        patched.setattr(Link, "_reply", interrupt)
        with pytest.raises(Interrupted):
            links.call("ECHO", "first")
    assert links.call("ECHO", "second") == "second"


def test_connections_are_kept_and_used_again(links: Links) -> None:
    first = links.call("CLIENT", "ID")
    assert {links.call("CLIENT", "ID") for _ in range(20)} == {first}


def test_a_connection_that_the_server_closed_while_it_lay_idle_is_replaced(links: Links) -> None:
    mine = links.call("CLIENT", "ID")
    other = links.open()
    other.run([("CLIENT", "KILL", "ID", mine)])
    assert links.call("ECHO", "again") == "again"
    other.close()


def test_a_forked_child_opens_connections_of_its_own(links: Links) -> None:
    mine = links.call("CLIENT", "ID")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(links.call("CLIENT", "ID")).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reading, 20)) != mine
    assert links.call("CLIENT", "ID") == mine


def test_for_a_block_connections_can_be_others_whoever_holds_them(valkey_url: str, prefix: str) -> None:
    links, other = Links(valkey_url, Scripts(), "{own}"), Links(valkey_url, held_scripts(), prefix)
    store, connection = Store(links), links.call("CLIENT", "ID")
    with links.replaced_by(other):
        assert (links.prefix, store.prefix) == (prefix, prefix)
        assert links.call("CLIENT", "ID") != connection
        other.call("SET", HELD_CLOCK(prefix), 1_234)
        assert store.now_ms() == 1_234
    assert (links.prefix, store.prefix) == ("{own}", "{own}")
    assert links.call("CLIENT", "ID") == connection
    assert store.now_ms() > 1_700_000_000_000
    for one in (links, other):
        one.close()


def test_connections_of_ones_own_can_be_opened_and_closed_without_end(links: Links) -> None:
    for _ in range(101):
        links.open().close()
    assert links.open().run([("PING",)]) == ["PONG"]
