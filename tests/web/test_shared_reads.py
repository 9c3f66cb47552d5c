"""Who may be given what was read for another."""

from flask.testing import FlaskClient

from tests.jobs import make_call
from tests.web.conftest import told
from web.services import Services
from web.shared_reads import FRESH_FOR, LastActs


def test_who_has_acted_reads_anew_for_a_while() -> None:
    now = [0.0]
    acts = LastActs(lambda: now[0])
    acts.note("a")
    now[0] += FRESH_FOR - 1
    assert (acts.lately("a"), acts.lately("b")) == (True, False)
    now[0] += 1
    assert not acts.lately("a")


# S6 of the figures: lookers never load the server, and who acts sees what became of it.
def test_among_many_an_act_is_seen_by_who_has_done_it_and_by_the_others_once_its_event_has_come(
    services: Services, operator: FlaskClient, viewer: FlaskClient
) -> None:
    services.reads.budget.burst = services.reads.budget.per_second = 0
    services.reads.budget.pay(1_000)
    id = services.client.enqueue(make_call())
    assert told(viewer.get(f"/api/v1/jobs/{id}"))["state"] == "waiting"
    services.client.cancel(id)
    assert told(viewer.get(f"/api/v1/jobs/{id}"))["state"] == "waiting", "the budget is spent"
    assert told(operator.post(f"/api/v1/jobs/{id}/retry"))["state"] == "waiting"
    assert told(operator.get("/api/v1/queues/default"))["counts"]["waiting"] == 1
    assert told(operator.put(f"/api/v1/jobs/{id}/cancellation"))["state"] == "cancelled"
    assert told(viewer.get(f"/api/v1/jobs/{id}"))["state"] == "cancelled"


def test_every_read_goes_through_the_shared_connections(services: Services) -> None:
    assert services.store.links is services.reads
    assert services.client.links is services.links
