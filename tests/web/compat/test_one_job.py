"""One job through the doors of S1, S2 and S5."""

import re

from flask.testing import FlaskClient

from tests.web.compat.asking import enqueued, good, send, taken
from tests.web.compat.documents import S1_CURLS, S2_REQUESTS, S5_CANCEL, S5_STATUS
from tests.web.compat.printed import Printed, curls, fetches, lines
from tests.web.conftest import told
from web.services import Services

UNKNOWN = "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")


def of(printed: Printed, id: str) -> Printed:
    """A printed request with the id of a job."""
    path = printed.path.replace("job-id-here", id).replace("job-123", id)
    return Printed(printed.method, path, printed.headers, printed.body)


# S1.29 S4.50
def test_s1_asks_for_a_job_until_it_has_ended(viewer: FlaskClient, services: Services) -> None:
    (id,) = enqueued(services, "cache", "cache_warm")
    status = of(curls(S1_CURLS)[1], id)
    waiting = good(answer := send(viewer, status))
    assert (waiting["jobId"], waiting["status"], waiting["progress"]) == (id, "waiting", 0)
    assert all(TIME.match(waiting[name]) for name in ("createdAt", "updatedAt"))
    assert answer.headers["Retry-After"] == "2"
    assert send(viewer, status, query_string="vocab=rq").json["status"] == "queued"  # type: ignore[index]
    worker, (job,) = taken(services, "cache")
    services.links.call(*services.links.script("progress", id, job.fence, '{"percent": 45.6, "done": 3, "total": 7}'))
    active = good(send(viewer, status))
    assert (active["status"], active["progress"], active["progressDetail"]["current"]) == ("active", 45, 3)
    s4 = viewer.get(status.path, headers={"Accept-Vocabulary": "s4"})
    assert told(s4)["status"] == "processing"
    worker.complete(job, result={"made": 2})
    done = good(answer := send(viewer, status))
    assert (done["status"], done["progress"], done["result"]) == ("completed", 100, {"made": 2})
    assert ("error" in done, "Retry-After" in answer.headers) == (False, False)
    assert viewer.get(status.path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert viewer.get(f"{status.path}?vocab=klingon").status_code == 422


# S1.30
def test_s1_cancels_a_job(operator: FlaskClient, services: Services) -> None:
    first, second = enqueued(services, "cache", "cache_warm", 2)
    taken(services, "cache")
    assert good(operator.delete(f"/api/jobs/{second}")) == {"success": True, "message": "Job cancelled successfully"}
    asked = good(operator.delete(f"/api/jobs/{first}"), 202)
    assert (asked["success"], asked["stage"]) == (True, "cancelling")
    again = operator.delete(f"/api/jobs/{second}")
    assert (again.status_code, told(again)["success"], told(again)["state"]) == (409, False, "cancelled")


# S1.31
def test_s1_retries_a_failed_job(operator: FlaskClient, services: Services) -> None:
    (id,) = enqueued(services, "cache", "cache_warm")
    assert operator.post(f"/api/jobs/{id}/retry").status_code == 409
    worker, (job,) = taken(services, "cache")
    worker.fail(job)
    failed = good(operator.get(f"/api/jobs/{id}"))
    assert (failed["status"], failed["error"]) == ("failed", "the disk is on fire")
    assert good(operator.post(f"/api/jobs/{id}/retry"), 202) == {"success": True, "jobId": id, "status": "waiting"}


# S2.24
def test_s2_lists_the_jobs_of_a_queue(viewer: FlaskClient, services: Services) -> None:
    listed = lines(S2_REQUESTS)[3]
    ids = enqueued(services, "paper-processing", "extract_pdf", 12, paper_id="123")
    worker, jobs = taken(services, "paper-processing", 12)
    worker.complete(*jobs, result=1)
    said = good(send(viewer, listed))
    assert (said["queue"], said["status"], said["total"], len(said["jobs"])) == (
        "paper-processing",
        "completed",
        12,
        10,
    )
    rest = good(viewer.get(f"{listed.path}&cursor={said['nextCursor']}"))
    assert sorted(job["id"] for job in said["jobs"] + rest["jobs"]) == sorted(ids)
    assert rest["nextCursor"] is None
    (job, *_) = said["jobs"]
    assert (job["name"], job["data"], job["attemptsMade"], job["progress"]) == (
        "extract_pdf",
        {"paper_id": "123"},
        1,
        100,
    )
    assert job["timestamp"] <= job["processedOn"] <= job["finishedOn"]
    for status in ("waiting", "queued", "delayed", "processing"):
        assert good(viewer.get(f"/api/jobs/PAPER_PROCESSING?status={status}"))["jobs"] == []


NO_LISTS = ["status=lost", "limit=-1", "limit=x", "cursor=1e3", "view=nonsense"]


def test_a_list_that_is_none_is_refused(viewer: FlaskClient) -> None:
    for query in NO_LISTS:
        answer = viewer.get(f"/api/jobs/paper-processing?{query}")
        assert (answer.status_code, told(answer)["success"]) == (422, False)


def test_what_waits_for_another_job_waits(viewer: FlaskClient, services: Services) -> None:
    from actors.cache import cache_precompute, cache_warm
    from callboard.jobs.flow import chain, plan

    first, second = cache_warm.call(keys=["a"]), cache_precompute.call(name="x")
    services.client.start_flow(plan(chain(first, second), name="both"))
    pages = [good(viewer.get(f"/api/jobs/cache?status=waiting&limit=1&cursor={n}")) for n in (0, 1)]
    assert [page["jobs"][0]["id"] for page in pages] == [first.id, second.id]
    assert {page["jobs"][0]["status"] for page in pages} == {"waiting"}
    assert (pages[0]["total"], good(viewer.get("/api/jobs"))["waiting"]) == (2, 2)


# S2.27
def test_s2_retries_and_cancels_a_job_of_a_queue(operator: FlaskClient, services: Services) -> None:
    (id,) = enqueued(services, "paper-processing", "extract_pdf")
    cancel, retry = (of(lines(S2_REQUESTS, action=action)[6], id) for action in ("cancel", "retry"))
    said = good(send(operator, cancel))
    assert said == {"success": True, "jobId": id, "action": "cancel", "status": "cancelled"}
    assert good(send(operator, retry), 202)["status"] == "waiting"
    assert send(operator, retry).status_code == 409
    assert operator.post(f"/api/jobs/paper-processing/{id}", json={"action": "promote"}).status_code == 422
    assert operator.post(f"/api/jobs/cache/{id}", json={"action": "cancel"}).status_code == 404


# S5.12
def test_s5_asks_for_a_job_under_its_type(viewer: FlaskClient, services: Services) -> None:
    first, second = enqueued(services, "excel-import", "excel_import", 2)
    (status,) = fetches(S5_STATUS, jobId=first)
    said = good(send(viewer, status))
    assert (said["success"], said["data"]["state"], said["data"]["progress"]) == (True, "waiting", 0)
    worker, jobs = taken(services, "excel-import", 2)
    done, bad = sorted(jobs, key=lambda job: [first, second].index(job.id))
    worker.complete(done, result={"inserted": 3})
    worker.fail(bad)
    assert good(send(viewer, status))["data"]["result"] == {"inserted": 3}
    failed = good(viewer.get(f"/api/jobs/EXCEL_IMPORT/{second.lower()}"))["data"]
    assert (failed["id"], failed["state"], failed["failedReason"]) == (second, "failed", "the disk is on fire")


# S5.19
def test_s5_cancels_a_job_under_its_type(operator: FlaskClient, services: Services) -> None:
    (id,) = enqueued(services, "excel-import", "excel_import")
    (cancel,) = fetches(S5_CANCEL, jobId=id)
    assert good(send(operator, cancel)) == {"success": True, "message": "Job cancelled successfully"}
    assert services.store.get(id).state == "cancelled"


NOT_THERE = [UNKNOWN, "job-id-here", "%00", "a" * 3_000, "%F0%9F%92%A5"]


def test_a_job_that_is_not_there_is_not_found_at_any_door(operator: FlaskClient) -> None:
    for id in NOT_THERE:
        doors = [("GET", f"/api/jobs/{id}"), ("DELETE", f"/api/jobs/{id}"), ("POST", f"/api/jobs/{id}/retry")]
        doors += [("GET", f"/api/jobs/excel_import/{id}"), ("DELETE", f"/api/jobs/excel_import/{id}")]
        doors += [("GET", f"/api/ai-analysis/{part}/{id}") for part in ("status", "result")]
        doors += [("DELETE", f"/api/ai-analysis/{id}")]
        for method, path in doors:
            answer = operator.open(path, method=method)
            assert (answer.status_code, told(answer)["success"]) == (404, False), (method, path)
        assert operator.post(f"/api/jobs/{id}", json={"action": "pause"}).status_code == 404
