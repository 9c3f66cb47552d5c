"""Changes of health are told once."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine

from callboard.history.database import writing
from research.health.check import FAIL, WARN, Check, Health
from research.health.telling import failing, remember
from research.models import now


# S2.44
def test_a_change_is_told_once_however_many_look(engine: Engine) -> None:
    sick = Health(now(), [Check("disk", FAIL, "0.1 GB free", "make room"), Check("outbox", WARN, "late")], {})
    with writing(engine) as session:
        first = remember(session, sick)
        second = remember(session, replace(sick, checks=[*sick.checks, Check("leases", FAIL, "2 jobs")]))
        assert failing(session) == ["disk", "leases"]
        over = remember(session, replace(sick, checks=[]))
    assert [[row.name for row in change.fired] for change in (first, second, over)] == [["disk"], ["leases"], []]
    assert [sorted(row.name for row in change.resolved) for change in (first, second, over)] == [
        [],
        [],
        ["disk", "leases"],
    ]
    assert over.resolved[0].since_at == sick.at
