"""Whatever a job holds is shown: any JSON value of any depth, and texts that are no JSON at all."""

import json
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from callboard.history.models import FailureRow, table_of
from tests.callboard.history.search.rows import NOW_MS, plain_row, store
from web.services import Services

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)
LEAVES: Any = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
VALUES: Any = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXT, inner, max_size=6), max_leaves=30
)
HELD = st.fixed_dictionaries(
    {
        name: VALUES.map(json.dumps) | TEXT
        for name in ("args", "kwargs", "meta", "tags", "progress", "result", "checkpoint", "rest")
    }
)
STATES = st.sampled_from(["completed", "failed", "active", "waiting"])
NUMBERS = count()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HELD, STATES, TEXT)
def test_a_job_with_any_values_is_shown(
    viewer: FlaskClient, services: Services, held: dict[str, str], state: str, words: str
) -> None:
    id = f"01K6ZJ3V9GQ0X8Y7W6T5{next(NUMBERS):06d}"
    store(services.engine, [plain_row(id=id, enqueued_ms=NOW_MS, attempt=1, fence=1, state=state, **held)])
    failure = {"job_id": id, "fence": 1, "attempt": 1, "at_ms": NOW_MS, "final": True, "type": "add", "queue": "x"}
    failure |= dict.fromkeys(("error_class", "error_type", "fingerprint", "message", "traceback"), words)
    with services.engine.begin() as connection:
        connection.execute(insert(table_of(FailureRow)), [failure])
    for path in (f"/admin/queues/jobs/{id}", f"/admin/queues/jobs?q=state:{state}", f"/api/v1/jobs/{id}"):
        answer = viewer.get(path)
        assert answer.status_code == 200, (path, answer.text)
