"""What was sent to webhooks: the log of deliveries, sending one again, trying one out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.clock import wall_ms
from cli.by_hand import note_by_hand, noting
from cli.failures import FAILED, Stop
from cli.output import Out
from cli.server import client, database, platform, remote, settings
from cli.webhook_values import ATTEMPT_COLUMNS, DELIVERY_COLUMNS, attempt_values, delivery_values
from cli.words import word

if TYPE_CHECKING:
    from research.webhooks.delivery import Sender

STATES = ("waiting", "retrying", "delivered", "failed", "dropped")


@word(
    "deliveries",
    "callboard webhooks deliveries --state failed\n"
    "callboard webhooks deliveries wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2\n"
    "callboard webhooks deliveries msg_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2   each time one was sent",
)
@click.argument("id", required=False)
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 1000), default=50, show_default=True, help="So many.")
@click.pass_obj
def deliveries_command(out: Out, id: str | None, state: str | None, limit: int) -> None:
    """List deliveries, newest first: all, those of a webhook, or each sending of one delivery."""
    if id and id.startswith("msg_"):
        _show(out, id)
    else:
        out.rows("deliveries", newest(id, state, limit), DELIVERY_COLUMNS, "no deliveries")


def newest(webhook: str | None, state: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest deliveries, of one webhook or of all."""
    if far := remote():
        from cli.remote_webhooks import deliveries as far_deliveries

        return far_deliveries(far.api, webhook, state, limit)
    from callboard.history.database import reading
    from research.webhooks import log

    with reading(database()) as session:
        return [delivery_values(one) for one in log.latest(session, webhook, state=state, limit=limit)]


def _show(out: Out, id: str) -> None:
    values, rows = whole(id)
    if out.machine:
        out.value(values | {"log": rows})
        return
    out.say(f"{id} {values['event']} {values['subject']} to {values['webhook']}: {values['state']}")
    out.rows("log", rows, ATTEMPT_COLUMNS, "not sent yet")


def whole(id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A delivery with what was sent, and each time that it was. Raises WebhookMissing."""
    if far := remote():
        from cli.remote_webhooks import delivery as far_delivery

        return far_delivery(far.api, id)
    from callboard.history.database import reading
    from callboard.jobs.encoding import decode
    from research.webhooks import log

    with reading(database()) as session:
        delivery, attempts = log.get(session, id), log.attempts(session, id)
    values = delivery_values(delivery) | {"body": decode(delivery.body, "body")}
    return values, [attempt_values(attempt) for attempt in attempts]


@word(
    "replay",
    "callboard webhooks replay msg_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2\n"
    "callboard webhooks replay --failed-of wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2",
)
@click.argument("ids", nargs=-1, metavar="[DELIVERY]...")
@click.option("--failed-of", metavar="WEBHOOK", help="All that did not arrive at this webhook, 1,000 at most.")
@click.pass_obj
def replay_command(out: Out, ids: tuple[str, ...], failed_of: str | None) -> None:
    """Send deliveries once more, under the same webhook-id, so that the receiver knows what it has had."""
    if not ids and not failed_of:
        raise click.UsageError("say what to send again: ids of deliveries, or --failed-of WEBHOOK")
    failed = newest(failed_of, "failed", 1_000) if failed_of else []
    rows = replayed([*ids, *(one["id"] for one in failed)])
    if out.machine:
        out.value({"replayed": rows})
        return
    out.say(f"{len(rows)} deliveries are sent again")
    for row in rows:
        out.line(f"{row['delivery']}\t{row['job']}")


def replayed(ids: list[str]) -> list[dict[str, str]]:
    """Send deliveries once more, none unless all are there; the job of each. Raises WebhookMissing."""
    if far := remote():
        from cli.remote_webhooks import replay as far_replay

        return far_replay(far.api, ids)
    from research.webhooks import log

    deliver = platform().actors["webhook_deliver"]
    with noting("webhook.replay", ", ".join(ids), len(ids)) as session:
        for id in ids:
            log.set_state(session, id, log.WAITING)
    jobs = client().enqueue_many(deliver.call(delivery=id) for id in ids)
    return [{"delivery": id, "job": job} for id, job in zip(ids, jobs, strict=True)]


@word("test", "callboard webhooks test wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
@click.argument("webhook")
@click.pass_obj
def test_command(out: Out, webhook: str) -> None:
    """Send a test event to a webhook at once, and say how it was answered. It goes from here, with --url from there."""
    values, failure = tried(webhook)
    words = f"delivered: {values.get('status')} in {values.get('took_ms')} ms"
    out.page(values, lambda: None if failure else out.say(words))
    if failure:
        raise Stop(FAILED, f"not delivered: {failure}")


def tried(webhook: str) -> tuple[dict[str, Any], str | None]:
    """How a test event was answered, and why it did not arrive. Raises WebhookMissing."""
    if far := remote():
        from cli.remote_webhooks import tried as far_tried

        return far_tried(far.api, webhook)
    from callboard.history.database import reading
    from callboard.jobs.errors import JobSteering
    from research.webhooks import log, testing
    from research.webhooks.delivery import deliver

    id = testing.prepare_test(database(), webhook, wall_ms())
    note_by_hand("webhook.test", webhook)
    failure = None
    try:
        deliver(_sender(), id, last=True, even_if_off=True)
    except JobSteering as error:
        failure = str(error)
    with reading(database()) as session:
        (attempt,) = log.attempts(session, id)
    return attempt_values(attempt) | {"delivery": id, "delivered": failure is None}, failure


def _sender() -> Sender:
    """With what this command sends."""
    from callboard.jobs.masking import masker
    from research.outbound.addresses import allowed
    from research.outbound.client import Guard
    from research.webhooks.delivery import Sender

    return Sender(database(), Guard(allowed(settings().outbound_allow or ())), masker(settings()))


LOG = (deliveries_command, replay_command, test_command)
