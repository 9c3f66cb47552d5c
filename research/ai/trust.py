"""The certificates that calls to providers trust."""

from functools import cache
from ssl import SSLContext


@cache
def trusted() -> SSLContext:
    """Read once for each process: that takes 35 ms of a core, more than all else that is done for a call."""
    import httpx2

    return httpx2.create_ssl_context()
