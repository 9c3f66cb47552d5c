"""URLs that users may give."""

import pytest

from callboard.jobs.errors import classify
from research.outbound.addresses import allowed
from research.outbound.errors import BadTarget, OutboundRefused
from research.outbound.targets import checked_target, shown_target


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.lab.example/jobs?x=1",
        "http://93.184.215.14:8080/",
        "https://xn--mller-kva.example/%C3%A4",
        "https://[2606:4700::6810:84e5]/x",
    ],
)
def test_a_web_address_is_taken_as_it_is(url: str) -> None:
    assert checked_target(url) == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "begins with http:// or https://, got file://"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "got gopher://"),
        ("//lab.example", "got nothing://"),
        ("https://", "names a host"),
        ("https://lab.example@127.0.0.1/", "no login"),
        ("https://ann:secret@lab.example/", "no login"),
        ("https://lab.example/#a", "no part after #"),
        ("https://lab.example\\@127.0.0.1/", "printable ASCII"),
        ("https://lab.example/\r\nX-Evil: 1", "printable ASCII"),
        ("https://127。0。0。1/", "printable ASCII"),
        ("https://lab.example:99999/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://lab.example/" + "x" * 2_000, "at most 2,000 characters"),
    ],
)
def test_what_cannot_be_called_is_refused_with_its_reason(url: str, words: str) -> None:
    with pytest.raises(BadTarget, match=words) as caught:
        checked_target(url)
    assert classify(caught.value) == "permanent"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest/"])
def test_an_address_that_is_not_public_is_refused_when_it_is_given(url: str) -> None:
    with pytest.raises(OutboundRefused, match="CALLBOARD_OUTBOUND_ALLOW lifts that"):
        checked_target(url)
    assert checked_target(url, allowed(["127.0.0.0/8", "10.0.0.0/8", "169.254.0.0/16"])) == url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.lab.example/T0/sk-CANARY", "https://hooks.lab.example/…"),
        ("https://hooks.lab.example/?token=sk-CANARY", "https://hooks.lab.example/…"),
        ("https://ann:sk-CANARY@hooks.lab.example:8443/", "https://hooks.lab.example:8443"),
        ("https://hooks.lab.example", "https://hooks.lab.example"),
        ("https://[::1/sk-CANARY", "…"),
    ],
)
def test_a_target_is_shown_without_what_may_be_a_secret(url: str, shown: str) -> None:
    assert shown_target(url) == shown
