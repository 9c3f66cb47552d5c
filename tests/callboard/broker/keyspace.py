"""What is in Redis, compared with the table of keys: every key is known, of its type, and expires if it says so."""

import re
from collections.abc import Iterator

from callboard.broker.keys import HELD_CLOCK, JOB, KEYS, LIMIT, RECORD_FIELDS, Key
from callboard.broker.link import Links

# Words of the column "lives" that mean that the key has a time to live.
EXPIRING = ("expires", "one rate window")


def pattern(key: Key, prefix: str) -> re.Pattern[str]:
    """What the full names of a key look like; a part never has a colon, but the key of a limit may."""
    pieces = re.split(r"<(\w+)>", key.pattern)
    parts = [
        re.escape(piece) if n % 2 == 0 else (".+" if piece == "key" else "[^:]+") for n, piece in enumerate(pieces)
    ]
    return re.compile(re.escape(f"{prefix}:") + "".join(parts))


def strangers(links: Links) -> Iterator[str]:
    """What is wrong with the keys of a prefix, a sentence each."""
    patterns = [(key, pattern(key, links.prefix)) for key in reversed(KEYS)]
    names = list(links.call("KEYS", f"{links.prefix}:*"))
    for start in range(0, len(names), 1_000):
        batch = names[start : start + 1_000]
        types = links.run(*[("TYPE", name) for name in batch])
        times = links.run(*[("PTTL", name) for name in batch])
        for name, type, left in zip(batch, types, times, strict=True):
            kinds = [key for key, shape in patterns if shape.fullmatch(name)]
            kind = next((key for key in kinds if key.type == type), None)
            if kind is None:
                yield f"{name} is a {type}, which is not in the table of keys"
            elif kind not in (HELD_CLOCK, LIMIT) and (left >= 0) != kind.lifetime.startswith(EXPIRING):
                yield f"{name} lives {kind.lifetime}, but has {left} ms to live"
            elif kind is JOB and (unknown := set(links.call("HKEYS", name)) - RECORD_FIELDS.keys()):
                yield f"{name} has fields that no table knows: {sorted(unknown)}"
