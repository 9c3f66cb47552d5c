"""Experiments as jobs: read, calculated and reported, on real readings, in a worker as it is deployed."""

from __future__ import annotations

from typing import Any

import pytest

from actors import services
from actors.experiment_data import calculate_metrics, experiment_queue, generate_report, process_results
from callboard.history.database import reading
from callboard.jobs.errors import InvalidArguments
from callboard.testing.board import Board
from research.experiments.shelf import load_readings, metrics_of
from tests.platform_worker import Platform
from tests.research.experiments.files import PEM, PEM_NOTES, SOIL

TYPES = (process_results, calculate_metrics, generate_report)


@pytest.mark.parametrize("actor", TYPES, ids=lambda actor: actor.actor_name)
def test_the_queue_and_the_policy_are_those_of_the_design(actor: Any) -> None:
    retry, timeout = actor.policy.retry, actor.policy.timeout
    assert (experiment_queue.name, experiment_queue.concurrency, actor.queue_name) == (
        "experiment-data",
        5,
        "experiment-data",
    )
    assert [retry.attempts, *map(retry.ceiling, (1, 2)), timeout] == [3, 2, 4, 600]


# S2.29
def test_results_are_processed_calculated_and_reported_by_a_worker(platform: Platform) -> None:
    file = platform.files.put_path(SOIL).reference
    job = platform.run(process_results, experiment_id="soil", file=file, title="Soil cell 2")
    assert job.state == "completed", platform.failure(job)
    assert (job.result["readings"], job.result["problems"]) == (430, {"implausible": 290})
    job = platform.run(calculate_metrics, experiment_id="soil", electrode_area="20 cm2")
    assert job.state == "completed", platform.failure(job)
    values = {entry["name"]: entry["value"] for entry in job.result["values"]}
    assert values["energy"] == pytest.approx(10.831014, abs=1e-6)
    assert values["max_power_density"] == pytest.approx(66.909604e-6 / 20e-4)
    job = platform.run(generate_report, experiment_id="soil", format="both")
    assert job.state == "completed", platform.failure(job)
    html, pdf = (platform.files.path(report["file"]).read_bytes() for report in job.result["reports"])
    assert b"Soil cell 2" in html
    assert pdf.startswith(b"%PDF")
    assert job.result["plots"] == 2


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", {}, "binary file of another kind"),
        (b"time (s),voltage (mVolz)\n1,2\n2,3\n", {}, "column 'voltage (mVolz)': unit 'mVolz' is unknown"),
    ],
)
def test_a_file_that_is_no_table_fails_for_good_at_once(
    platform: Platform, content: bytes, arguments: dict[str, Any], words: str
) -> None:
    file = platform.files.put(content, "readings.csv").reference
    job = platform.run(process_results, experiment_id="bad", file=file, **arguments)
    failure = platform.failure(job)
    assert (job.state, job.attempt, failure["class"]) == ("failed", 1, "permanent")
    assert words in failure["message"]


@pytest.mark.parametrize(
    ("actor", "arguments", "words"),
    [
        (calculate_metrics, {"electrode_area": "4.5"}, "no experiment has the id 'unheard'"),
        (generate_report, {}, "no experiment has the id 'unheard'"),
    ],
)
def test_an_unknown_experiment_fails_for_good_at_once(
    platform: Platform, actor: Any, arguments: dict[str, Any], words: str
) -> None:
    job = platform.run(actor, experiment_id="unheard", **arguments)
    failure = platform.failure(job)
    assert (job.state, job.attempt, failure["class"]) == ("failed", 1, "permanent")
    assert words in failure["message"]


def test_a_second_run_replaces_what_the_first_one_stored(board: Board) -> None:
    files = services.files()
    file, notes = files.put_path(PEM).reference, files.put_path(PEM_NOTES).reference
    arguments = {"experiment_id": "pem", "file": file, "metadata_file": notes}
    assert board.run(process_results, **arguments) == board.run(process_results, **arguments)
    assert {progress["step"] for progress in board.last.progress} >= {"read", "stored"}
    first, second = (board.run(calculate_metrics, experiment_id="pem") for _ in range(2))
    assert first == second
    assert len(load_readings(services.database(), "pem")[1].lines) == 139
    with reading(services.database()) as session:
        assert len(metrics_of(session, "pem")) == second["metrics"] + second["missing"]
    for _ in range(2):
        report = board.run(generate_report, experiment_id="pem", format="html")
    assert {*files.references()} == {file, notes, report["reports"][0]["file"]}


def test_arguments_that_do_not_fit_are_named(board: Board) -> None:
    with pytest.raises(InvalidArguments, match="format: Must be one of: html, pdf, both"):
        generate_report.send(experiment_id="x", format="docx")
    with pytest.raises(InvalidArguments, match="electrons"):
        calculate_metrics.send(experiment_id="x", electrons=0)
    with pytest.raises(InvalidArguments, match="experiment_id"):
        process_results.send(file="file:x")
