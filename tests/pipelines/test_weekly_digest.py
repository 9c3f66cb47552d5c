"""The weekly digest as a flow: computed ahead, made, mailed."""

from __future__ import annotations

import pytest

from callboard.history.database import reading
from pipelines.registry import PIPELINES, page_of
from pipelines.weekly_digest import weekly_digest
from research.cache.entries import find
from research.models import now
from research.reports.errors import BadPeriod
from research.reports.store import find_report
from tests.platform_worker import Platform


def test_the_digest_of_a_week_is_made_and_mailed_by_a_flow(platform: Platform) -> None:
    planned = weekly_digest(week="2026-W40", zone="Europe/Berlin", to=["digest@lab.example"])
    flow = platform.flow(planned)
    assert (flow.name, flow.state) == ("weekly_digest", "completed")
    assert [platform.store.get(id).step for id in flow.members] == ["precompute", "digest", "mail"]
    with reading(platform.engine) as session:
        report = find_report(session, "weekly_digest:2026-W40:Europe/Berlin")
        assert find(session, "computed:corpus_statistics", now()) is not None
    (mail,) = [mail for mail in platform.settings.mail_folder.glob("*.eml") if b"digest@lab" in mail.read_bytes()]
    assert b"Weekly digest: week 40, 28 September to 4 October 2026" in mail.read_bytes()
    page = page_of(PIPELINES["weekly_digest"], {"markdown": report.markdown})
    assert page.startswith("# Weekly digest: week 40, 28 September to 4 October 2026")


def test_a_week_that_is_not_over_starts_no_flow() -> None:
    with pytest.raises(BadPeriod, match="not over yet"):
        weekly_digest(week="2099-W01")
