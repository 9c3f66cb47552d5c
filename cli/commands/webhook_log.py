"""What was sent to webhooks: the log of deliveries, sending one again, trying one out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.clock import wall_ms
from cli.failures import FAILED, Stop
from cli.output import Out
from cli.server import client, database, platform, settings
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
    from callboard.history.database import reading
    from research.webhooks import log

    if id and id.startswith("msg_"):
        _show(out, id)
        return
    with reading(database()) as session:
        rows = [delivery_values(one) for one in log.latest(session, id, state=state, limit=limit)]
    out.rows("deliveries", rows, DELIVERY_COLUMNS, "no deliveries")


def _show(out: Out, id: str) -> None:
    from callboard.history.database import reading
    from callboard.jobs.encoding import decode
    from research.webhooks import log

    with reading(database()) as session:
        delivery, attempts = log.get(session, id), log.attempts(session, id)
    rows = [attempt_values(attempt) for attempt in attempts]
    if out.machine:
        out.value(delivery_values(delivery) | {"body": decode(delivery.body, "body"), "log": rows})
        return
    out.say(f"{delivery.id} {delivery.event} {delivery.subject} to {delivery.webhook}: {delivery.state}")
    out.rows("log", rows, ATTEMPT_COLUMNS, "not sent yet")


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
    from callboard.history.database import reading, writing
    from research.webhooks import log

    if not ids and not failed_of:
        raise click.UsageError("say what to send again: ids of deliveries, or --failed-of WEBHOOK")
    with reading(database()) as session:
        found = log.latest(session, failed_of, state=log.FAILED, limit=1_000) if failed_of else []
        wanted = [log.get(session, id).id for id in ids] + [one.id for one in found]
    deliver = platform().actors["webhook_deliver"]
    with writing(database()) as session:
        for id in wanted:
            log.set_state(session, id, log.WAITING)
    jobs = client().enqueue_many(deliver.call(delivery=id) for id in wanted)
    rows = [{"delivery": id, "job": job} for id, job in zip(wanted, jobs, strict=True)]
    if out.machine:
        out.value({"replayed": rows})
        return
    out.say(f"{len(rows)} deliveries are sent again")
    for row in rows:
        out.line(f"{row['delivery']}\t{row['job']}")


@word("test", "callboard webhooks test wh_01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
@click.argument("webhook")
@click.pass_obj
def test_command(out: Out, webhook: str) -> None:
    """Send a test event to a webhook at once, from here, and say how it was answered."""
    from callboard.history.database import reading
    from callboard.jobs.errors import JobSteering
    from research.webhooks import log, testing
    from research.webhooks.delivery import deliver

    id = testing.prepare_test(database(), webhook, wall_ms())
    try:
        deliver(_sender(), id, last=True, even_if_off=True)
        failure = None
    except JobSteering as error:
        failure = error
    with reading(database()) as session:
        (attempt,) = log.attempts(session, id)
    values: dict[str, Any] = attempt_values(attempt) | {"delivery": id, "delivered": failure is None}
    out.page(values, lambda: out.say(f"delivered: {attempt.status} in {attempt.took_ms} ms") if not failure else None)
    if failure:
        raise Stop(FAILED, f"not delivered: {failure}")


def _sender() -> Sender:
    """With what this command sends."""
    from callboard.jobs.masking import masker
    from research.outbound.addresses import allowed
    from research.outbound.client import Guard
    from research.webhooks.delivery import Sender

    return Sender(database(), Guard(allowed(settings().outbound_allow or ())), masker(settings()))


LOG = (deliveries_command, replay_command, test_command)
