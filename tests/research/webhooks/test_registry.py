"""The webhooks there are."""

import pytest
from sqlalchemy import Engine

from callboard.history.database import reading, writing
from research.outbound.errors import OutboundRefused
from research.webhooks import registry
from research.webhooks.errors import WebhookMissing
from research.webhooks.filters import Filter
from research.webhooks.signature import new_secret
from tests.research.webhooks.conftest import AT, LOOPBACK

URL = "https://hooks.lab.example/T0/sk-CANARY"


def test_a_webhook_is_kept_with_its_filter_and_its_secret_told_once(database: Engine) -> None:
    wanted = Filter(("job:*", "flow:failed"), ("add",), ("mail",))
    with writing(database) as session:
        made, secret = registry.add(session, URL, wanted, at_ms=AT, about="the lab's robot")
    with reading(database) as session:
        assert registry.every(session) == [made] == [registry.get(session, made.id)]
        assert registry.keys_of(session, made.id, AT) == [secret]
    assert (made.filter, made.enabled, made.target) == (wanted, True, "https://hooks.lab.example/…")
    assert secret.startswith("whsec_")


def test_neither_secret_nor_url_is_in_what_is_printed_of_a_webhook(database: Engine) -> None:
    own = new_secret()
    with writing(database) as session:
        made, secret = registry.add(session, URL, Filter(), at_ms=AT, secret=own)
    assert secret == own
    assert own not in repr(made)
    assert "CANARY" not in repr(made)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "file:///etc/passwd", "https://ann@lab.example/"])
def test_a_target_that_may_not_be_called_is_not_registered(database: Engine, url: str) -> None:
    with writing(database) as session, pytest.raises(OutboundRefused):
        registry.add(session, url, Filter(), at_ms=AT)
    with reading(database) as session:
        assert registry.every(session) == []


def test_a_rotated_secret_signs_beside_the_old_one_for_a_day(database: Engine) -> None:
    with writing(database) as session:
        made, old = registry.add(session, URL, Filter(), at_ms=AT)
        new = registry.rotate(session, made.id, AT)
    with reading(database) as session:
        assert registry.keys_of(session, made.id, AT + 86_399_999) == [new, old]
        assert registry.keys_of(session, made.id, AT + 86_400_000) == [new]


def test_a_webhook_is_switched_off_with_a_reason_and_on_again_with_a_clean_slate(database: Engine) -> None:
    with writing(database) as session:
        made, _ = registry.add(session, URL, Filter(), at_ms=AT)
        off = registry.switch(session, made.id, on=False)
        assert (off.enabled, off.reason) == (False, "switched off by hand")
        on = registry.switch(session, made.id, on=True)
    assert (on.enabled, on.reason, on.failing_ms) == (True, None, None)


def test_a_webhook_that_is_not_there_is_said_to_be_unknown(database: Engine) -> None:
    with writing(database) as session:
        made, _ = registry.add(session, URL, Filter(), at_ms=AT)
        registry.remove(session, made.id)
    with reading(database) as session, pytest.raises(WebhookMissing, match=f"webhook {made.id} is unknown"):
        registry.get(session, made.id)


def test_the_url_of_single_jobs_is_registered_once_and_its_secret_told_to_the_first(database: Engine) -> None:
    with writing(database) as session:
        first, secret = registry.for_job(session, URL, at_ms=AT)
        second, none = registry.for_job(session, URL, at_ms=AT)
        other, _ = registry.for_job(session, URL + "2", at_ms=AT)
    assert secret is not None
    assert (second.id, none) == (first.id, None)
    assert other.id != first.id
    assert first.scope == "job"


def test_a_job_may_name_a_url_that_is_registered_for_events(database: Engine) -> None:
    with writing(database) as session:
        registry.for_job(session, URL, at_ms=AT)
        made, _ = registry.add(session, URL, Filter(), at_ms=AT)
        assert registry.for_job(session, URL, at_ms=AT)[0].id == made.id
        with pytest.raises(OutboundRefused):
            registry.for_job(session, "http://127.0.0.1/x", at_ms=AT)
        assert registry.for_job(session, "http://127.0.0.1/x", at_ms=AT, allow=LOOPBACK)[1]
