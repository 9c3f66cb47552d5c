from collections.abc import Iterator

import pytest

from callboard.broker.embedded import start_embedded
from callboard.broker.errors import UnsafeRedis
from callboard.broker.link import Links
from callboard.broker.startup import check, require_safe
from tests.jobs import held_scripts
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Links]:
    with start_embedded(tmp_path_factory.mktemp("startup")) as server:
        links = Links(server.url, held_scripts(), "{startup}")
        yield links
        links.close()


def at_rest(links: Links) -> bool:
    """Whether the append-only file has been begun anew: until then a server does not stop when it is asked to."""
    told = links.call("INFO", "persistence")
    return "aof_rewrite_in_progress:0" in told and "aof_rewrite_scheduled:0" in told


def test_our_own_server_is_safe(links: Links) -> None:
    assert [finding.name for finding in check(links) if not finding.ok] == []
    assert require_safe(links) == []


UNSAFE = {
    "maxmemory-policy": (
        "allkeys-lru",
        "noeviction",
        "eviction is allkeys-lru: CONFIG SET maxmemory-policy noeviction",
    ),
    "appendonly": ("no", "yes", "persistence is none: CONFIG SET appendonly yes"),
}


# S2.50 S5.36 S3.28
@pytest.mark.parametrize("setting", UNSAFE)
def test_a_server_that_could_lose_jobs_is_refused_with_what_to_do(links: Links, setting: str) -> None:
    bad, good, words = UNSAFE[setting]
    saves = links.call("CONFIG", "GET", "save")[1]
    links.call("CONFIG", "SET", "save", "")
    links.call("CONFIG", "SET", setting, bad)
    try:
        with pytest.raises(UnsafeRedis, match="this Redis could lose accepted jobs") as caught:
            require_safe(links)
        assert words in str(caught.value)
        assert "CALLBOARD_ALLOW_UNSAFE_REDIS=true" in str(caught.value)
        assert len(require_safe(links, allow_unsafe=True)) == 1
    finally:
        links.call("CONFIG", "SET", setting, good)
        links.call("CONFIG", "SET", "save", saves)
        wait_until(lambda: at_rest(links))


def test_snapshots_without_an_append_only_file_will_do(links: Links) -> None:
    links.call("CONFIG", "SET", "save", "3600 1")
    links.call("CONFIG", "SET", "appendonly", "no")
    try:
        found = {finding.name: finding for finding in check(links)}
        assert (found["persistence"].ok, found["persistence"].found) == (True, "snapshots (3600 1)")
    finally:
        links.call("CONFIG", "SET", "appendonly", "yes")
        links.call("CONFIG", "SET", "save", "")
        wait_until(lambda: at_rest(links))
