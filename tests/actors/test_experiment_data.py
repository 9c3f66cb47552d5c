"""Experiments as jobs: read, calculated and reported, on real readings, in a worker as it is deployed."""

from __future__ import annotations

from actors import services
from actors.experiment_data import experiment_queue, process_results
from callboard.testing.board import Board
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
