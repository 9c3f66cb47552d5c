import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.history.search.paste import job_id_in
from callboard.jobs.identity import is_id, new_id

JOB, OTHER = "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2", "01K6ZJ3V9GQ0X8Y7W6T5S4R3F1"


@pytest.mark.parametrize(
    "text",
    [
        JOB,
        f"  {JOB.lower()}\n",
        f"id:{JOB}",
        f"https://jobs.example.org/admin/queues/jobs/{JOB}?tab=log#end",
        f"/j/{JOB}",
        f"2026-11-02T08:00:00Z ERROR job failed job={JOB} flow={OTHER} worker=host-1",
        f'{{"level": "info", "job_id": "{JOB}", "flow": "{OTHER}"}}',
        f"job {JOB} is unknown; it may have been forgotten",
        f"callboard show {JOB}",
        f"see {JOB} and {JOB.lower()}",
    ],
)
def test_the_job_that_is_meant_is_found(text: str) -> None:
    assert job_id_in(text) == JOB


@pytest.mark.parametrize(
    "text",
    [
        "",
        "state:failed",
        f"flow:{OTHER}",
        f"-id:{JOB}",
        f"-{JOB}",
        f"{JOB} {OTHER}",
        f"id:{JOB},{OTHER}",
        JOB + "0",
        "x" + JOB,
        JOB[:-1],
        JOB.replace("J", "U"),
    ],
)
def test_where_none_or_several_are_meant_it_is_a_search(text: str) -> None:
    assert job_id_in(text) is None


@given(st.text(), st.text())
def test_any_text_may_be_pasted(before: str, after: str) -> None:
    found = job_id_in(f"{before} /jobs/{new_id()} {after}")
    assert found is None or is_id(found)
