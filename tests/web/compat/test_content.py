"""S5's jobs that write on terms and that warm caches."""

from flask.testing import FlaskClient

from tests.web.compat.asking import good, send
from tests.web.compat.documents import S5_AI_CONTENT, S5_CACHE_WARM
from tests.web.compat.printed import fetches
from tests.web.conftest import told
from web.services import Services


# S5.13
def test_s5_has_sections_on_a_term_written(operator: FlaskClient, services: Services) -> None:
    answer = send(operator, *fetches(S5_AI_CONTENT))
    said = good(answer, 202)
    job = services.store.get(said["data"]["jobId"])
    assert (said["success"], job.type, job.priority) == (True, "ai_content_generation", 2)
    assert (job.kwargs["term_name"], job.kwargs["model"]) == ("Machine Learning", "gpt-4-turbo-preview")
    assert job.kwargs["sections"] == ["Practical Examples", "Best Practices", "Code Examples"]
    assert answer.headers["Location"].endswith(job.id)


# S5.14
def test_s5_warms_a_cache(operator: FlaskClient, services: Services) -> None:
    said = good(send(operator, *fetches(S5_CACHE_WARM)), 202)
    job = services.store.get(said["data"]["jobId"])
    assert (job.type, job.priority, job.kwargs["ttl"]) == ("cache_warm", 4, 3600)
    assert job.kwargs["keys"] == ["search:machine learning", "enhanced_term:ml-001"]


def test_the_field_that_does_not_fit_is_named_as_it_was_sent(operator: FlaskClient) -> None:
    body = {"termId": "t", "termName": "T", "sections": [], "priority": 2}
    assert told(operator.post("/api/jobs/ai-content", json=body))["errors"][0]["field"] == "sections"
    assert told(operator.post("/api/jobs/ai-content", json={"sections": ["x"]}))["errors"][0]["field"] == "termId"
    assert operator.post("/api/jobs/cache-warm", json={"keys": ["a"], "priority": "soon"}).status_code == 422


def test_the_queue_of_this_name_is_reached_by_the_same_door(operator: FlaskClient, services: Services) -> None:
    assert good(operator.post("/api/jobs/ai-content", json={"action": "pause"}))["queue"] == "ai-content"
    assert services.store.queue("ai-content").paused
    assert good(operator.get("/api/jobs/ai-content?view=jobs"))["queue"] == "ai-content"
