"""Each pipeline that is listed can be planned and can show what it brought."""

import importlib
import pkgutil

import pytest

import pipelines
from pipelines.registry import PIPELINES, parameters

# How jobs of single types are made, which is beside the flows.
CALLS = ("creators", "job_queues", "job_types")


def test_every_module_of_a_pipeline_is_listed() -> None:
    modules = {module.name for module in pkgutil.iter_modules(pipelines.__path__)} - {"registry", *CALLS}
    assert modules == set(PIPELINES)


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_has_what_the_table_promises(name: str) -> None:
    module, pipeline = importlib.import_module(f"pipelines.{name}"), PIPELINES[name]
    assert all(callable(getattr(module, function)) for function in (name, "report_of", "page_of"))
    assert (pipeline.takes == "file") == hasattr(module, "named_after")
    assert pipeline.takes in ("file", "folder", "nothing")
    assert set(pipeline.files) <= set(parameters(pipeline))
    assert pipeline.about
