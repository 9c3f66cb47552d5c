"""Clients of the live stream in a process of their own: what each received, how late, and what it did after a break."""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import time
from dataclasses import dataclass, field

PATH = "/api/v1/events?topics=home"
SLOW_BUFFER = 4_096


@dataclass
class Client(asyncio.Protocol):
    """One stream: the places of the frames it has received, and how many milliseconds each took."""

    port: int
    token: str
    after: str = ""
    slow: bool = False
    stamps: list[str] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    status: str = ""
    _rest: bytes = b""
    _id: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream, and read nothing of it where it is a slow one."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        after = f"Last-Event-ID: {self.after}\r\n" if self.after else ""
        head = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n{after}\r\n"
        transport.write(head.encode())
        if self.slow:
            transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Note the frames."""
        now = time.time() * 1000
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"id: "):
                self._id = line[4:]
            elif line.startswith(b"data: "):
                self._note(self._id, line, now)
            elif line.startswith(b"HTTP/"):
                self.status = line.decode().strip()

    def _note(self, id: bytes, line: bytes, now: float) -> None:
        if b'"type":"job:' in line:
            self.stamps.append(id.decode())
            self.late_ms.append(now - int(id.partition(b"-")[0]))


async def connect(client: Client) -> None:
    """Open a stream; that of a slow client has little room for what it does not read."""
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    if client.slow:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BUFFER)
    sock.setblocking(False)
    await loop.sock_connect(sock, ("127.0.0.1", client.port))
    await loop.create_connection(lambda: client, sock=sock)


async def run(port: int, token: str, count: int, slow: int) -> None:
    """Open the streams, then do as the lines of standard input say: `report`, `drop N`, `return N`, `end`."""
    clients = [Client(port, token) for _ in range(count)]
    slow_ones = [Client(port, token, slow=True) for _ in range(slow)]
    for start in range(0, len(clients), 50):
        await asyncio.gather(*[connect(client) for client in clients[start : start + 50]])
    await asyncio.gather(*[connect(client) for client in slow_ones])
    while not all(client.status for client in clients):
        await asyncio.sleep(0.02)
    answer({"statuses": sorted({client.status for client in clients})})
    loop = asyncio.get_running_loop()
    while (words := (await loop.run_in_executor(None, sys.stdin.readline)).split()) and words[0] != "end":
        few = clients[: int(words[1])] if len(words) > 1 else []
        for client in few if words[0] == "drop" else ():
            client.transport.abort()
        if words[0] == "return":
            for client in few:
                client.after = client.stamps[-1]
            await asyncio.gather(*[connect(client) for client in few])
        answer(report(clients) if words[0] == "report" else {})


def report(clients: list[Client]) -> dict[str, object]:
    """What has been received so far, and how late."""
    late = sorted(value for client in clients for value in client.late_ms)
    return {
        "received": [len(client.stamps) for client in clients],
        "distinct": [len(set(client.stamps)) for client in clients],
        "in_order": all(client.stamps == sorted(client.stamps, key=place) for client in clients[:20]),
        "p50": late[len(late) // 2] if late else 0.0,
        "p99": late[int(len(late) * 0.99)] if late else 0.0,
    }


def place(id: str) -> tuple[int, int]:
    """An id as numbers."""
    ms, _, number = id.partition("-")
    return int(ms), int(number)


def answer(value: object) -> None:
    """One line for the process that measures."""
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("token")
    parser.add_argument("count", type=int)
    parser.add_argument("slow", type=int)
    given = parser.parse_args()
    asyncio.run(run(given.port, given.token, given.count, given.slow))
