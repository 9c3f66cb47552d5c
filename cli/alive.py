"""Whether the one process of this container lives: the exit code of the image's health check."""

from __future__ import annotations

import sys
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

# The probes of a worker, scheduler or recorder; of the web page; of the live streams.
PORTS: Final = (8310, 8300, 8301)


def lives(port: int) -> bool:
    """Whether a process answers there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/livez", timeout=1.5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(0 if any(map(lives, PORTS)) else 1)
