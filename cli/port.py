"""The port of the web page: that of the settings, or a free one where another home has taken it."""

from __future__ import annotations

import socket

from callboard.jobs.settings import Settings


def web_port(settings: Settings) -> int:
    """The port to listen on. Raises OSError where not even a free one can be had."""
    return settings.port if settings.port and _is_free(settings.bind, settings.port) else _free(settings.bind)


def _is_free(host: str, port: int) -> bool:
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        # As the server itself will: a port whose last owner has just left is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _free(host: str) -> int:
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
