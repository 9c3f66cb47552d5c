"""What jobs ask for."""

from typing import Any

import pytest
from sqlalchemy import Engine

from callboard.history.database import reading, writing
from research.notifications.wishes import BadWish, Wishes, wishes_of, with_webhook
from research.outbound.errors import OutboundRefused
from research.webhooks import registry

AT = 1_700_000_000_000


@pytest.mark.parametrize(
    ("meta", "wishes"),
    [
        ({}, Wishes()),
        ({"notify": False, "user": "ann"}, Wishes()),
        ({"notify": "ann@lab.example"}, Wishes(("ann@lab.example",))),
        ({"notify": "Ann <ann@lab.example>", "user": "ann"}, Wishes(("ann@lab.example",), "ann")),
        ({"notify": ["a@b.c", "d@e.f", "a@b.c"]}, Wishes(("a@b.c", "d@e.f"))),
        ({"notify": True, "user": "ann"}, Wishes((), "ann")),
        ({"notify": True, "user": "ann@lab.example"}, Wishes(("ann@lab.example",), "ann@lab.example")),
        ({"notify": True, "user": 17}, Wishes((), "17")),
        ({"webhook": "wh_1"}, Wishes(webhook="wh_1")),
        ({"webhook": "https://lab.example/x", "user": "ann"}, Wishes(webhook="https://lab.example/x")),
    ],
)
def test_the_meta_of_a_job_says_who_is_told(meta: dict[str, Any], wishes: Wishes) -> None:
    assert wishes_of(meta) == wishes
    assert bool(wishes_of(meta)) == any((wishes.addresses, wishes.user, wishes.webhook))


# X7
@pytest.mark.parametrize(
    "meta",
    [
        {"notify": "nobody"},
        {"notify": "ann@lab.example\r\nBcc: eve@evil.example"},
        {"notify": ["ann@lab.example", "=?utf-8?q?x=0ABcc:_eve?= <eve@evil.example>"]},
        {"notify": 17},
        {"notify": []},
        {"notify": [f"a{n}@b.c" for n in range(11)]},
        {"notify": True},
        {"notify": True, "user": True},
        {"webhook": {"url": "https://lab.example"}},
    ],
)
def test_what_cannot_be_is_refused(meta: dict[str, Any]) -> None:
    with pytest.raises(BadWish):
        wishes_of(meta)


def test_the_url_for_the_end_of_a_job_is_kept_out_of_its_meta(database: Engine) -> None:
    url = "https://lab.example/sk-CANARY"
    with writing(database) as session:
        meta, secret = with_webhook(session, {"user": "ann"}, url, at_ms=AT)
        again, none = with_webhook(session, {}, url, at_ms=AT)
        with pytest.raises(OutboundRefused):
            with_webhook(session, {}, "http://10.0.0.1/", at_ms=AT)
    assert meta == {"user": "ann"} | again
    assert secret is not None
    assert none is None
    assert "CANARY" not in str(meta)
    with reading(database) as session:
        assert registry.get(session, meta["webhook"]).url == url
