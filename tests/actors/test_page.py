"""The list of job types in docs/."""

from actors.page import page, types
from tests.house.sources import ROOT


# S2.1 S5.29 S5.31
def test_the_list_in_docs_is_the_one_made_from_the_code() -> None:
    assert (ROOT / "docs" / "jobs" / "README.md").read_text(encoding="utf-8") == page(), "run `make docs`"


# S5.29
def test_the_caps_of_the_queues_are_those_that_were_asked_for() -> None:
    caps = {actor.queue.name: actor.queue.concurrency for actor in types()}
    asked = {"excel-import": 2, "ai-analysis": 10, "ai-content": 10, "db-operations": 5, "email-notifications": 10}
    assert {name: caps.get(name) for name in asked} == asked
