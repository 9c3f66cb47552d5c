"""Experiments as jobs: read, calculated and reported, on real readings, in a worker as it is deployed."""

from __future__ import annotations

import pytest

from actors import services
from actors.experiment_data import calculate_metrics, experiment_queue, process_results
from callboard.history.database import reading
from callboard.testing.board import Board
from research.experiments.shelf import metrics_of
from tests.research.experiments.files import SOIL


def test_the_queue_and_the_policy_are_those_of_the_design() -> None:
    retry, timeout = process_results.policy.retry, process_results.policy.timeout
    assert (experiment_queue.name, experiment_queue.concurrency, timeout) == ("experiment-data", 5, 600)
    assert [retry.attempts, *map(retry.ceiling, (1, 2))] == [3, 2, 4]


def test_results_are_read_and_a_second_run_replaces_the_first(board: Board) -> None:
    file = services.files().put_path(SOIL).reference
    first = board.run(process_results, experiment_id="soil", file=file)
    assert board.run(process_results, experiment_id="soil", file=file) == first
    assert (first["rows"], first["readings"], first["sampling"]["missing_readings"]) == (430, 430, 0)


def test_metrics_are_calculated_and_a_second_run_replaces_the_first(board: Board) -> None:
    file = services.files().put_path(SOIL).reference
    board.run(process_results, experiment_id="soil", file=file)
    for _ in range(2):
        found = board.run(calculate_metrics, experiment_id="soil", electrode_area="20 cm2")
    values = {entry["name"]: entry["value"] for entry in found["values"]}
    assert values["energy"] == pytest.approx(10.831014, abs=1e-6)
    assert values["max_power_density"] == pytest.approx(66.909604e-6 / 20e-4)
    with reading(services.database()) as session:
        assert len(metrics_of(session, "soil")) == found["metrics"] + found["missing"]
