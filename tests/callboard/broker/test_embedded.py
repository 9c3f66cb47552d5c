import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from callboard.broker.embedded import Embedded, EmbeddedError, find_running, start_embedded
from tests.waiting import wait_until

OWNER = """
import sys
from pathlib import Path
from callboard.broker.embedded import start_embedded
server = start_embedded(Path(sys.argv[1]))
print(server.pid, server.url, flush=True)
sys.stdin.readline()
server.stop()
"""


class Owner:
    """Another process that owns the server of a directory, as `callboard up` does."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        pid, self.url = self.process.stdout.readline().split()
        self.server_pid = int(pid)

    def killed(self) -> "Owner":
        self.process.kill()
        self.process.communicate()
        return self


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A data directory with an awkward name; a server a test leaves behind is stopped."""
    folder = tmp_path / "data of 'ours'"
    yield folder
    if find_running(folder):
        wait_until(lambda: start_and_stop(folder), what="the server left behind is stopped")


def start_and_stop(folder: Path) -> bool:
    start_embedded(folder).stop()
    return True


def client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, decode_responses=True)


def kill_server(folder: Path, pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: find_running(folder) is None)


# S3.7
def test_it_answers_at_once_with_the_settings_that_keep_jobs_safe(directory: Path) -> None:
    with start_embedded(directory) as server, client(server.url) as store:
        config = store.config_get("*")
        assert store.info("server")["process_id"] == server.pid
    safe = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "bind": "127.0.0.1"}
    assert {name: config[name] for name in safe} == safe


def test_stopping_ends_the_process_and_keeps_the_data_the_port_and_the_password(directory: Path) -> None:
    with start_embedded(directory) as server, client(server.url) as store:
        store.set("kept", "yes")
    assert find_running(directory) is None
    with start_embedded(directory) as again, client(again.url) as store:
        assert again.url == server.url
        assert store.get("kept") == "yes"


def test_a_stranger_without_the_password_is_refused(directory: Path) -> None:
    with (
        start_embedded(directory) as server,
        redis.Redis.from_url(f"redis://127.0.0.1:{server.port}", retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        stranger.ping()


def test_password_configuration_and_folder_are_for_the_owner_alone(directory: Path) -> None:
    with start_embedded(directory) as server:
        assert directory.stat().st_mode & 0o777 == 0o700
        assert {(directory / name).stat().st_mode & 0o777 for name in ("password", "valkey.conf")} == {0o600}
        command = " ".join(psutil.Process(server.pid).cmdline())
        assert "valkey-server" in command
        assert (directory / "password").read_text() not in command


def test_a_second_start_in_this_process_is_refused_and_names_both_pids(directory: Path) -> None:
    with start_embedded(directory) as server:
        with pytest.raises(EmbeddedError, match=f"with pid {server.pid}, started by process {os.getpid()}"):
            start_embedded(directory)
        assert server.is_alive()


def test_attaching_uses_the_running_server_and_never_stops_it(directory: Path) -> None:
    with start_embedded(directory) as server:
        with start_embedded(directory, attach=True) as guest:
            assert (guest.url, guest.pid, guest.owned) == (server.url, server.pid, False)
        assert server.is_alive()


def test_attaching_where_nothing_runs_starts_and_owns_it(directory: Path) -> None:
    with start_embedded(directory, attach=True) as server:
        assert server.owned


def test_find_running_knows_the_url_only_while_the_server_lives(directory: Path) -> None:
    assert find_running(directory) is None
    with start_embedded(directory) as server:
        assert find_running(directory) == server.url
    assert find_running(directory) is None


# S2.8 S3.5 S4.34
def test_after_kill_9_of_server_and_owner_the_next_start_has_the_data(directory: Path) -> None:
    owner = Owner(directory)
    with client(owner.url) as store:
        store.mset({f"key:{number}": number for number in range(1_000)})
        wait_until(lambda: store.info("persistence")["aof_pending_bio_fsync"] == 0)
    kill_server(directory, owner.server_pid)
    owner.killed()
    with start_embedded(directory) as server, client(server.url) as store:
        assert server.pid != owner.server_pid
        assert store.dbsize() == 1_000


def test_a_server_whose_owner_was_killed_is_adopted_and_then_stopped_by_the_new_owner(directory: Path) -> None:
    owner = Owner(directory).killed()
    with start_embedded(directory) as server:
        assert (server.pid, server.url, server.owned) == (owner.server_pid, owner.url, True)
    assert find_running(directory) is None


def test_a_server_left_behind_is_replaced_when_another_port_is_asked_for(directory: Path) -> None:
    owner = Owner(directory).killed()
    with client(owner.url) as store:
        store.set("kept", "yes")
    with start_embedded(directory, port=free_port()) as server, client(server.url) as store:
        assert server.pid != owner.server_pid
        assert store.get("kept") == "yes"


def test_a_torn_last_write_costs_that_write_and_nothing_else(directory: Path) -> None:
    server = start_embedded(directory)
    with client(server.url) as store:
        store.set("first", "kept")
        store.set("last", "torn")
    (log,) = directory.glob("appendonlydir/*.incr.aof")
    # While an earlier fsync is under way, on a busy disk, the server answers first and writes later.
    wait_until(lambda: b"torn" in log.read_bytes())
    kill_server(directory, server.pid)
    server.stop()
    os.truncate(log, log.stat().st_size - 3)
    with start_embedded(directory) as server, client(server.url) as store:
        assert (store.get("first"), store.get("last")) == ("kept", None)


def test_the_owner_starts_it_again_at_the_same_url_after_its_death(directory: Path) -> None:
    server = start_embedded(directory)
    kill_server(directory, server.pid)
    assert not server.is_alive()
    server.stop()
    with start_embedded(directory, port=server.port) as again:
        assert again.url == server.url


def test_a_dead_server_of_a_living_owner_is_reported_as_down(directory: Path) -> None:
    with start_embedded(directory) as server:
        kill_server(directory, server.pid)
        for attach in (True, False):
            with pytest.raises(EmbeddedError, match=f"is down, and process {os.getpid()}, its owner"):
                start_embedded(directory, attach=attach)


def test_a_server_that_stands_still_is_an_error_that_names_its_pid(directory: Path) -> None:
    with start_embedded(directory) as server:
        os.kill(server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(EmbeddedError, match=f"pid {server.pid} has not answered"):
                start_embedded(directory, attach=True, patience=timedelta(milliseconds=100))
        finally:
            os.kill(server.pid, signal.SIGCONT)


def test_stop_ends_a_server_that_ignores_sigterm(directory: Path) -> None:
    server = start_embedded(directory)
    os.kill(server.pid, signal.SIGSTOP)
    server.stop(patience=timedelta(milliseconds=100))
    assert not server.is_alive()


def test_ctrl_c_in_the_terminal_of_the_owner_does_not_reach_the_server(directory: Path) -> None:
    with start_embedded(directory) as server:
        assert os.getpgid(server.pid) != os.getpgid(0)
        assert os.getsid(server.pid) != os.getsid(0)


def test_a_port_in_use_is_named(directory: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedError, match=f"port {port} on 127.0.0.1 is taken by another program"):
            start_embedded(directory, port=port)
    assert find_running(directory) is None


def test_the_last_port_is_left_when_another_program_took_it(directory: Path) -> None:
    with start_embedded(directory) as server:
        pass
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with start_embedded(directory) as again:
            assert again.port != server.port


def test_a_directory_that_cannot_be_written_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match=r"expected a data directory we can write, got .*file: file exists"):
        start_embedded(tmp_path / "file")
    with pytest.raises(EmbeddedError, match=r"got .*below: not a directory"):
        start_embedded(tmp_path / "file" / "below")


def test_a_configuration_the_server_refuses_is_shown_with_its_log(directory: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"(?s)ended while it started.*maxmemory.*plenty"):
        start_embedded(directory, options={"maxmemory": "plenty"})


def test_options_are_passed_to_the_server(directory: Path) -> None:
    with start_embedded(directory, options={"maxmemory": "20mb"}) as server, client(server.url) as store:
        assert store.config_get("maxmemory") == {"maxmemory": str(20 * 1024 * 1024)}


def test_of_many_processes_that_start_it_at_once_one_owns_it(directory: Path) -> None:
    script = """
import sys
from pathlib import Path
from callboard.broker.embedded import start_embedded
server = start_embedded(Path(sys.argv[1]), attach=True)
print(server.owned, server.pid, flush=True)
sys.stdin.readline()
server.stop()
"""
    command = [sys.executable, "-c", script, str(directory)]
    starters = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    lines = [starter.stdout.readline().split() for starter in starters if starter.stdout]
    for starter in starters:
        starter.communicate("\n")
    assert sorted(owned for owned, _ in lines) == ["False", "False", "False", "True"]
    assert len({pid for _, pid in lines}) == 1
    assert find_running(directory) is None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_stop_may_be_called_twice(directory: Path) -> None:
    server: Embedded = start_embedded(directory)
    server.stop()
    server.stop()
    assert not server.owned


def test_start_returns_when_all_data_are_read_and_not_before(directory: Path) -> None:
    with start_embedded(directory) as server, client(server.url) as store:
        store.mset({f"key:{number}": "x" for number in range(2_000)})
        store.bgrewriteaof()
        wait_until(lambda: not store.info("persistence")["aof_rewrite_in_progress"])
    with start_embedded(directory, options={"key-load-delay": "200"}) as server, client(server.url) as store:
        told = store.info("persistence")
        assert (told["loading"], told["aof_enabled"], store.dbsize()) == (0, 1, 2_000)
