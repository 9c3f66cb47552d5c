"""Signatures, checked against the published vector and an independent computation."""

import base64
import hashlib
import hmac

import pytest

from research.webhooks.signature import (
    BadSignature,
    checked_secret,
    new_secret,
    signature,
    signed_headers,
    verify,
)

# The example of the specification's reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
PUBLISHED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_the_published_one() -> None:
    assert signature(SECRET, ID, AT, BODY) == PUBLISHED


def test_the_signature_is_the_hmac_of_id_timestamp_and_body() -> None:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + BODY, hashlib.sha256).digest()
    assert signature(SECRET, ID, AT, BODY) == "v1," + base64.b64encode(digest).decode()


def test_a_receiver_accepts_what_was_signed_and_nothing_else() -> None:
    headers = signed_headers([SECRET], ID, AT, BODY)
    verify(SECRET, headers, BODY, now=AT + 299)
    for wrong, said in (
        ((SECRET, headers, BODY + b" ", AT), "no signature fits"),
        ((new_secret(), headers, BODY, AT), "no signature fits"),
        ((SECRET, headers | {"webhook-id": "msg_other"}, BODY, AT), "no signature fits"),
        ((SECRET, headers, BODY, AT + 301), "more than 300 s away"),
        ((SECRET, headers, BODY, AT - 301), "more than 300 s away"),
        ((SECRET, {}, BODY, AT), "were expected"),
    ):
        secret, given, body, now = wrong
        with pytest.raises(BadSignature, match=said):
            verify(secret, given, body, now=now)


def test_during_a_rotation_both_secrets_are_accepted() -> None:
    old, new = new_secret(), new_secret()
    headers = signed_headers([new, old], ID, AT, BODY)
    for secret in (old, new):
        verify(secret, headers, BODY, now=AT)


def test_secrets_are_long_and_never_the_same() -> None:
    one, other = new_secret(), new_secret()
    assert one != other
    assert len(base64.b64decode(one.removeprefix("whsec_"))) == 32
    assert checked_secret(one) == one


@pytest.mark.parametrize(
    "secret", ["", "hunter2", "whsec_", "whsec_c2hvcnQ=", "whsec_***", SECRET.removeprefix("whsec_")]
)
def test_a_secret_that_is_too_weak_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes in base64"):
        checked_secret(secret)
