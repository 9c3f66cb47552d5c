"""The guarded client against canaries, liars, and servers that never end. X5"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable

import httpx2
import pytest
import trustme
from pytest_httpserver import HTTPServer
from werkzeug import Response

from callboard.jobs.errors import classify
from research.outbound.addresses import allowed
from research.outbound.client import Guard, guarded_client, post
from research.outbound.errors import OutboundRefused
from research.outbound.network import look_up

LOOPBACK = allowed(["127.0.0.0/8"])
PUBLIC = "93.184.215.14"

# Every way of writing the address of the canary that the system, or a parser, may understand.
DISGUISES = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.1:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://lab.example@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@lab.example/",
    "http://lab.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@lab.example/",
    "http://127.0.0.1:{port}\t/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127。0。0。1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://canary.lab.example:{port}/",
    "http://mixed.lab.example:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/",
    "unix:/var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
]


def stub(host: str, port: int) -> list[str]:
    """Names of the test's own, for all others the system's reading of numbers."""
    names = {"canary.lab.example": ["127.0.0.1"], "mixed.lab.example": ["10.0.0.1", "127.0.0.1", "::1"]}
    return names[host] if host in names else look_up(host, port)


@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_disguise_of_an_inner_address_reaches_it(canary: HTTPServer, disguise: str) -> None:
    url = disguise.format(port=canary.port)
    with pytest.raises((OutboundRefused, httpx2.ConnectError)) as caught:
        post(Guard(resolve=stub), url, b"{}", {}, seconds=2)
    assert canary.log == []
    assert isinstance(caught.value, OutboundRefused) or "not found" in str(caught.value)


@pytest.mark.parametrize("disguise", DISGUISES[:26])
def test_a_client_for_other_uses_is_guarded_just_as_well(canary: HTTPServer, disguise: str) -> None:
    url = disguise.format(port=canary.port)
    errors = (OutboundRefused, httpx2.ConnectError, httpx2.InvalidURL)
    with guarded_client(Guard(resolve=stub), 2) as client, pytest.raises(errors):
        client.get(url)
    assert canary.log == []


def test_the_canary_would_be_hit_if_it_were_allowed(canary: HTTPServer) -> None:
    for url in ("http://127.0.0.1:{port}/", "http://2130706433:{port}/", "http://canary.lab.example:{port}/"):
        answer = post(Guard(LOOPBACK, stub), url.format(port=canary.port), b"{}", {})
        assert (answer.status, answer.excerpt) == (200, "")
    assert len(canary.log) == 3


def test_a_host_may_be_allowed_by_its_name_alone(canary: HTTPServer) -> None:
    guard = Guard(allowed(["canary.lab.example"]), stub)
    assert post(guard, f"http://canary.lab.example:{canary.port}/", b"", {}).status == 200
    with pytest.raises(OutboundRefused):
        post(guard, f"http://127.0.0.1:{canary.port}/", b"", {})
    assert len(canary.log) == 1


def test_a_name_that_changes_its_meaning_after_the_check_is_looked_up_once_and_reached_where_it_was_checked(
    canary: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, dialled = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]), list[str]()

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        dialled.append(address[0])
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(httpx2.ConnectError):
        post(Guard(resolve=lambda _host, _port: next(answers)), f"http://rebind.lab.example:{canary.port}/", b"", {})
    assert dialled == [PUBLIC]
    assert canary.log == []


def test_of_many_addresses_the_first_public_one_that_answers_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    dialled: list[str] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        dialled.append(address[0])
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    found = ["127.0.0.1", PUBLIC, "10.0.0.1", "1.1.1.1"]
    with pytest.raises(httpx2.ConnectTimeout):
        post(Guard(resolve=lambda _host, _port: found), "http://many.lab.example/", b"", {})
    assert dialled == [PUBLIC, "1.1.1.1"]


def test_a_redirect_is_an_answer_and_not_followed(canary: HTTPServer) -> None:
    with HTTPServer(host="127.0.0.1") as outside:
        outside.expect_request("/").respond_with_response(
            Response(status=302, headers={"Location": f"http://127.0.0.1:{canary.port}/"})
        )
        answer = post(Guard(LOOPBACK), f"http://127.0.0.1:{outside.port}/", b"", {})
    assert answer.status == 302
    assert canary.log == []


def test_where_redirects_are_followed_each_hop_is_checked(canary: HTTPServer) -> None:
    with HTTPServer(host="127.0.0.1") as outside:
        outside.expect_request("/").respond_with_response(
            Response(status=302, headers={"Location": f"http://localhost:{canary.port}/"})
        )
        guard = Guard(allowed(["outside.lab.example"]), lambda host, port: ["127.0.0.1"])
        with guarded_client(guard) as client, pytest.raises(OutboundRefused):
            client.get(f"http://outside.lab.example:{outside.port}/", follow_redirects=True)
        assert len(outside.log) == 1
    assert canary.log == []


def test_a_proxy_of_the_environment_is_not_used(canary: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    with pytest.raises(OutboundRefused):
        post(Guard(), "http://10.0.0.1/", b"", {})
    assert canary.log == []


def test_the_certificate_must_be_one_for_the_host_and_not_for_its_address(
    authority: trustme.CA, raw: Callable[..., int]
) -> None:
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    seen: list[str | None] = []
    with https(authority, "hooks.lab.example", seen) as server:
        guard = Guard(LOOPBACK, lambda host, port: ["127.0.0.1"], trusting)
        assert post(guard, f"https://hooks.lab.example:{server.port}/", b"x", {}).status == 200
        with pytest.raises(httpx2.ConnectError, match="certificate"):
            post(guard, f"https://other.lab.example:{server.port}/", b"x", {})
        with pytest.raises(httpx2.ConnectError, match="certificate"):
            post(Guard(LOOPBACK, guard.resolve), f"https://hooks.lab.example:{server.port}/", b"x", {})
    assert seen[:2] == ["hooks.lab.example", "other.lab.example"]


def https(authority: trustme.CA, host: str, seen: list[str | None]) -> HTTPServer:
    """A server with a certificate for a host; notes which host each client asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    context.sni_callback = lambda _socket, name, _context: seen.append(name)
    server = HTTPServer(host="127.0.0.1", ssl_context=context)
    server.expect_request("/").respond_with_data("")
    return server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def trickle(head: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """A server that sends its first bytes, and then one more each twentieth of a second, for ever."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(head)
        while not over.wait(0.05):
            connection.sendall(b"x")

    return talk


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"", None),
        (b"HTTP/1.1 500 Oh no\r\nX-Slow: ", None),
        (b"HTTP/1.1 500 Oh no\r\nContent-Length: 10000000000\r\n\r\nslow", 500),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\nslow", 200),
    ],
)
def test_a_slow_answer_holds_nobody_beyond_the_deadline(
    raw: Callable[..., int], head: bytes, status: int | None
) -> None:
    url, started = f"http://127.0.0.1:{raw(trickle(head))}/", time.monotonic()
    if status is None:
        with pytest.raises(httpx2.ReadTimeout, match=r"no whole answer in time|timed out") as caught:
            post(Guard(LOOPBACK), url, b"", {}, seconds=0.6)
        assert classify(caught.value) == "transient"
    else:
        assert post(Guard(LOOPBACK), url, b"", {}, seconds=0.6).status == status
    assert time.monotonic() - started < 3


def test_of_a_body_without_end_only_an_excerpt_is_read(raw: Callable[..., int]) -> None:
    sent: list[int] = []

    def flood(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 500 Oh no\r\nContent-Length: 10000000000\r\n\r\n<b>\x00bad\r\n news")
        while not over.is_set():
            sent.append(connection.send(b"x" * 65_536))

    answer = post(Guard(LOOPBACK), f"http://127.0.0.1:{raw(flood)}/", b"", {}, seconds=5)
    assert answer.excerpt.startswith("<b> bad news")
    assert len(answer.excerpt) <= 1_000
    assert sum(sent) < 20_000_000


def test_the_body_of_a_good_answer_is_not_kept(canary: HTTPServer) -> None:
    assert post(Guard(LOOPBACK), canary.url_for("/"), b"", {}).excerpt == ""


def test_a_server_that_is_not_there_may_be_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(httpx2.ConnectError) as caught:
            post(Guard(LOOPBACK), f"http://127.0.0.1:{taken.getsockname()[1]}/", b"", {})
    assert classify(caught.value) == "transient"
