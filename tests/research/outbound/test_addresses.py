"""Which addresses may be reached."""

import pytest

from research.outbound.addresses import allowed, refusal

NOT_PUBLIC = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "::1": "loopback",
    "0.0.0.0": "unspecified",
    "::": "unspecified",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "192.168.1.1": "private",
    "fd00:ec2::254": "private",
    "fec0::1": "private",
    "169.254.169.254": "link-local",
    "fe80::1": "link-local",
    "fe80::1%1": "link-local",
    "224.0.0.1": "multicast",
    "ff02::1": "multicast",
    "100.64.0.1": "not public",
    "100.100.100.200": "not public",
    "192.0.0.192": "not public",
    "198.18.0.1": "private",
    "255.255.255.255": "private",
    "168.63.129.16": "not public",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:169.254.169.254": "link-local",
    "::127.0.0.1": "loopback",
    "64:ff9b::10.0.0.1": "private",
    "64:ff9b::169.254.169.254": "link-local",
    "2002:7f00:1::": "loopback",
    "2002:a9fe:a9fe::1": "link-local",
}


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused_and_the_reason_named(address: str) -> None:
    assert refusal(address) == NOT_PUBLIC[address]


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::6810:84e5", "::ffff:93.184.215.14", "1.1.1.1"])
def test_a_public_address_may_be_reached(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize(
    ("items", "address", "permitted"),
    [
        (["10.1.0.0/16"], "10.1.2.3", True),
        (["10.1.0.0/16"], "10.2.0.1", False),
        (["10.1.2.3"], "10.1.2.3", True),
        (["10.1.0.0/16"], "::ffff:10.1.2.3", True),
        (["fd00::/8"], "fd00::5", True),
        (["::1"], "::1", True),
        (["::1"], "127.0.0.1", False),
        # An allowed server of a tunnel does not open the way to what the tunnel leads to.
        (["65.54.227.120"], "2001:0:4136:e378:8000:63bf:f5ff:fffe", False),
    ],
)
def test_what_the_operator_allows_is_permitted_and_nothing_beside_it(
    items: list[str], address: str, permitted: bool
) -> None:
    assert (refusal(address, allowed(items)) is None) == permitted


def test_hosts_are_allowed_by_name_whatever_their_case() -> None:
    allow = allowed(["Hooks.Lab.example", "10.0.0.0/8"])
    assert allow.host("hooks.lab.EXAMPLE.")
    assert not allow.host("other.lab.example")
    assert not allow.host("evil-hooks.lab.example")


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/40"):
        allowed(["10.0.0.0/40"])
