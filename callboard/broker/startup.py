"""Look at a server before trusting it with jobs: version, eviction, persistence, role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from callboard.broker.errors import ConnectionLost, UnsafeRedis
from callboard.broker.link import Links

OLDEST: Final = (7, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is as it must be, what was found, and how to mend it."""

    name: str
    ok: bool
    found: str
    fix: str = ""


def info(links: Links, section: str) -> dict[str, str]:
    """A section of what the server says of itself. Raises ConnectionLost."""
    text = links.call("INFO", section)
    lines = text.splitlines() if isinstance(text, str) else [f"{k}:{v}" for k, v in text.items()]
    return dict(line.split(":", 1) for line in lines if ":" in line)


def check(links: Links) -> list[Finding]:
    """Everything that decides whether accepted jobs are safe with this server. Raises ConnectionLost."""
    server, memory = info(links, "server"), info(links, "memory")
    persistence, replication = info(links, "persistence"), info(links, "replication")
    if persistence.get("loading") == "1":  # until then it says that it keeps nothing
        raise ConnectionLost("the Redis server still reads its data; wait until it has, and try again")
    version = server.get("redis_version", "0")
    number = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    policy = memory.get("maxmemory_policy", "unknown")
    append_only = persistence.get("aof_enabled") == "1"
    snapshots = "" if append_only else _snapshots(links)
    kept = "append-only file" if append_only else f"snapshots ({snapshots})" if snapshots else "none"
    wrote = (
        persistence.get("aof_last_write_status", "ok") == "ok"
        and persistence.get("rdb_last_bgsave_status", "ok") == "ok"
    )
    return [
        Finding("version", number >= OLDEST, version, "use Redis 7.0 or Valkey 7.2 or newer"),
        Finding(
            "eviction", policy == "noeviction", policy, "CONFIG SET maxmemory-policy noeviction: jobs are no cache"
        ),
        Finding("persistence", kept != "none", kept, "CONFIG SET appendonly yes"),
        Finding("disk", wrote, "writes succeed" if wrote else "the last write failed", "free disk space; see its log"),
        Finding("role", replication.get("role") == "master", replication.get("role", "?"), "connect to the primary"),
    ]


def memory_used(links: Links) -> tuple[int, int]:
    """Bytes that the server uses, and that it may use, 0 for any number. Raises ConnectionLost."""
    memory = info(links, "memory")
    return int(memory.get("used_memory", 0)), int(memory.get("maxmemory", 0))


def _snapshots(links: Links) -> str:
    reply = links.call("CONFIG", "GET", "save")
    values = list(reply.values()) if isinstance(reply, dict) else reply[1::2]
    return str(values[0]) if values else ""


def require_safe(links: Links, allow_unsafe: bool = False) -> list[Finding]:
    """Refuse a server that could lose accepted jobs; with `allow_unsafe` only say so.

    Raises UnsafeRedis with everything that is wrong and how to mend it, ConnectionLost when it does not answer.
    """
    wrong = [finding for finding in check(links) if not finding.ok]
    if wrong and not allow_unsafe:
        lines = [f"{w.name} is {w.found}: {w.fix}" for w in wrong]
        override = "or set CALLBOARD_ALLOW_UNSAFE_REDIS=true to take the risk"
        raise UnsafeRedis("\n  ".join(["this Redis could lose accepted jobs", *lines, override]))
    return wrong
