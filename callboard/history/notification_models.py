"""The SQL tables of who is told of what: webhooks with their deliveries, notices, rules, and the state of alerts.

Times are whole milliseconds since 1970 in UTC (`_ms`); lists and objects are JSON texts.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from callboard.history.models import Number, Table


class WebhookRow(Table):
    """A receiver of events; the secret lies here as it is, for each delivery is signed with it."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    # Of the URL, by which the receiver of a single job is found again.
    digest: Mapped[str] = mapped_column(String(64), index=True)
    about: Mapped[str] = mapped_column(String(200))
    # events: told of all that fits its filters; job: told of the ends of the jobs that name it
    scope: Mapped[str] = mapped_column(String(8))
    events: Mapped[str] = mapped_column(Text)
    types: Mapped[str] = mapped_column(Text)
    queues: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    # Signs besides the new one for a while after a rotation.
    old_secret: Mapped[str | None] = mapped_column(Text)
    old_until_ms: Mapped[int | None] = mapped_column(BigInteger)
    enabled: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str | None] = mapped_column(Text)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    # Since when no delivery has succeeded; empty while they do.
    failing_ms: Mapped[int | None] = mapped_column(BigInteger)
    delivered_ms: Mapped[int | None] = mapped_column(BigInteger)
    # slack: alerts as a text, as chats take them; empty: the event as it is
    shape: Mapped[str | None] = mapped_column(String(16))


class DeliveryRow(Table):
    """One event for one webhook: its body as it is sent, and how far that has come."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    webhook: Mapped[str] = mapped_column(String(40))
    event: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    # waiting, retrying, delivered, failed or dropped (its webhook was switched off)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer)
    created_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    tried_ms: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "webhook", "id"),)


class DeliveryAttemptRow(Table):
    """One time a delivery was sent, and how it was answered; numbers go on through replays."""

    __tablename__ = "webhook_attempts"

    delivery: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    took_ms: Mapped[int] = mapped_column(Integer)
    status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
    excerpt: Mapped[str | None] = mapped_column(Text)


class NoticeRow(Table):
    """A notice for a user or for the administrators, as it is shown in the application."""

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    audience: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    job: Mapped[str | None] = mapped_column(String(64))
    at_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    read_ms: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index(None, "audience", "id"),)


class RuleRow(Table):
    """What an operator has changed of a rule; the rules themselves, with their defaults, are in the code."""

    __tablename__ = "notification_rules"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    enabled: Mapped[bool | None] = mapped_column(Boolean)
    channels: Mapped[str | None] = mapped_column(Text)
    addresses: Mapped[str | None] = mapped_column(Text)
    numbers: Mapped[str | None] = mapped_column(Text)
    silenced_until_ms: Mapped[int | None] = mapped_column(BigInteger)


class AlertRow(Table):
    """A condition that holds, or held: since when it was seen, when it was told of, and when it was over."""

    __tablename__ = "alerts"

    key: Mapped[str] = mapped_column(String(250), primary_key=True)
    rule: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(200))
    count: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[str] = mapped_column(Text)
    advice: Mapped[str] = mapped_column(Text)
    since_ms: Mapped[int] = mapped_column(BigInteger)
    seen_ms: Mapped[int] = mapped_column(BigInteger)
    fired_ms: Mapped[int | None] = mapped_column(BigInteger)
    resolved_ms: Mapped[int | None] = mapped_column(BigInteger, index=True)
    silenced_until_ms: Mapped[int | None] = mapped_column(BigInteger)
    silence_note: Mapped[str | None] = mapped_column(Text)


class AlertFiringRow(Table):
    """One time that somebody was told of a condition, and when it was over."""

    __tablename__ = "alert_firings"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    key: Mapped[str] = mapped_column(String(250), index=True)
    rule: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(200))
    count: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[str] = mapped_column(Text)
    since_ms: Mapped[int] = mapped_column(BigInteger)
    fired_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    resolved_ms: Mapped[int | None] = mapped_column(BigInteger)


class AlertWatchRow(Table):
    """A search of which somebody is told when more jobs fit than a number; `count` is how many did when last looked."""

    __tablename__ = "alert_watches"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    query: Mapped[str] = mapped_column(Text)
    above: Mapped[int] = mapped_column(BigInteger)
    enabled: Mapped[bool] = mapped_column(Boolean)
    created_by: Mapped[str | None] = mapped_column(String(200))
    created_ms: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int | None] = mapped_column(BigInteger)
    counted_ms: Mapped[int | None] = mapped_column(BigInteger)


class FailureNoticeRow(Table):
    """Final failures of one fingerprint that administrators are told of together."""

    __tablename__ = "failure_notices"

    fingerprint: Mapped[str] = mapped_column(String(16), primary_key=True)
    type: Mapped[str] = mapped_column(String(200))
    error_type: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    sample_job: Mapped[str] = mapped_column(String(64))
    # Not told of yet: how many, and since when; empty when there are none.
    untold: Mapped[int] = mapped_column(Integer)
    untold_since_ms: Mapped[int | None] = mapped_column(BigInteger, index=True)
    total: Mapped[int] = mapped_column(Integer)
    last_ms: Mapped[int] = mapped_column(BigInteger)
    told_ms: Mapped[int | None] = mapped_column(BigInteger)


class NotifierPositionRow(Table):
    """How far the notifier has read the event stream of a prefix; written in the transaction of what it decided."""

    __tablename__ = "notifier_positions"

    prefix: Mapped[str] = mapped_column(String(200), primary_key=True)
    epoch: Mapped[str] = mapped_column(String(64))
    last_id: Mapped[str] = mapped_column(String(40))
    written_ms: Mapped[int] = mapped_column(BigInteger)
