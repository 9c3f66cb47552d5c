"""Models trained by their job: in a child process of a real worker, once each, and refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actors import services
from actors.ml_training import NICENESS, ml_training_queue, train_model
from callboard.history.database import reading
from callboard.jobs.errors import InvalidArguments
from callboard.testing.board import Board
from research.ml.algorithms import KINDS
from research.ml.keeping import train_and_keep
from research.ml.prediction import predict
from research.ml.registry import ModelRecord, find_model
from tests.platform_worker import Platform
from tests.waiting import wait_until

DATA = Path(__file__).parents[1] / "data/ml"
PEM: dict[str, Any] = {
    "kind": "prediction",
    "name": "pem-voltage",
    "target": "cell_voltage",
    "features": ["current_density", "pressure", "relative_humidity", "membrane_compression", "nafion_percent"],
    "folds": 2,
}


# S2.34
def test_the_queue_and_the_policy_are_those_of_the_design() -> None:
    policy = train_model.policy
    waits = [policy.retry.ceiling(attempt) for attempt in (1, 2)]
    assert (ml_training_queue.name, ml_training_queue.concurrency) == ("ml-training", 1)
    assert (policy.retry.attempts, policy.timeout, policy.priority, policy.isolated) == (2, 7200, 4, True)
    assert waits == [2, 4]
    assert train_model.requires == ("sklearn", "skops", "matplotlib")
    assert KINDS == ("prediction", "classification", "parameter_extraction")


# S2.34
def test_a_real_worker_trains_a_classifier_of_papers_that_can_be_asked(platform: Platform) -> None:
    file = platform.files.put_path(DATA / "screening.csv").reference
    job = platform.run(
        train_model,
        kind="classification",
        name="screening",
        data=file,
        target="label_included",
        features=["title", "abstract"],
        folds=2,
        hyperparameters={"max_words": 1},
    )
    assert (job.state, job.attempt, job.priority) == ("completed", 1, 4)
    made: dict[str, Any] = job.result
    assert made["metrics"]["held_out"]["roc_auc"] > 0.75
    assert made["metrics"]["baseline"]["roc_auc"] == 0.5
    for reference in made["plots"].values():
        assert platform.files.path(reference).read_bytes().startswith(b"\x89PNG")
    found = [
        {"title": "Hair cortisol as a biomarker of chronic stress", "abstract": "Cortisol in hair of patients."},
        {"title": "Corrosion of steel in sea water", "abstract": "Rust."},
    ]
    hair, steel = predict(platform.engine, platform.files, "screening", found)
    assert hair["probabilities"]["1"] > steel["probabilities"]["1"]
    assert steel["label"] == "0"


# S2.34
def test_a_real_worker_trains_a_model_of_a_fuel_cell(platform: Platform) -> None:
    file = platform.files.put_path(DATA / "pem-nafion112.csv").reference
    job = platform.run(train_model, **PEM, data=file, hyperparameters={"rounds": 60}, algorithm="gradient_boosting")
    assert job.state == "completed"
    assert job.result["metrics"]["held_out"]["r2"] > 0.95
    assert set(job.result["plots"]) == {"predicted_and_true", "residuals"}
    with reading(platform.engine) as session:
        assert find_model(session, "pem-voltage").job_id == job.id


# S2.34
def test_a_target_that_is_not_there_fails_for_good_after_one_attempt(platform: Platform) -> None:
    file = platform.files.put_path(DATA / "pem-nafion112.csv").reference
    job = platform.run(train_model, **(PEM | {"target": "voltage"}), data=file)
    assert (job.state, job.attempt) == ("failed", 1)
    failure = platform.failure(job)
    assert failure["class"] == "permanent"
    assert f'the target "voltage" has no value in {file}: all 651 rows lack it' in failure["message"]


@pytest.mark.parametrize(
    ("changed", "field", "problem"),
    [
        ({"algorithm": "ridge", "hyperparameters": {"rounds": 5}}, "hyperparameters.rounds", "is unknown"),
        ({"hyperparameters": {"rounds": 5}}, "hyperparameters.rounds", "a whole number from 10 to 2000, got 5"),
        ({"algorithm": "logistic"}, "algorithm", "logistic is no algorithm for prediction"),
        ({"name": "../x"}, "name", "use small letters"),
        ({"test_share": 0.9}, "test_share", "0.5"),
        ({"folds": 1}, "folds", "2"),
    ],
)
def test_a_call_that_cannot_be_trained_is_refused_before_it_is_a_job(
    changed: dict[str, Any], field: str, problem: str
) -> None:
    with pytest.raises(InvalidArguments) as refused:
        train_model.message(**(PEM | {"data": "cells"} | changed))
    assert problem in str(refused.value.fields[field])


def test_a_job_that_runs_again_makes_no_second_version_and_its_steps_are_told(board: Board) -> None:
    file = services.files().put_path(DATA / "pem-nafion112.csv").reference
    first = board.run(train_model, **PEM, data=file, algorithm="ridge")
    with reading(services.database()) as session:
        record = find_model(session, "pem-voltage")
    steps: list[str] = []

    def again(job: str) -> ModelRecord:
        engine, files, recipe = services.database(), services.files(), record.trained.recipe
        return train_and_keep(engine, files, recipe, job_id=job, progress=lambda *at: steps.append(at[2]))[0]

    assert (again(record.job_id).values(), steps) == (first, [])
    assert again("another").version == 2
    assert steps == ["load", "fold 1 of 2", "fold 2 of 2", "fit", "plot", "store", "stored"]


# S2.34
def test_a_training_gives_way_to_others_and_stops_at_a_cancel_between_rounds(platform: Platform) -> None:
    file = platform.files.put_path(DATA / "pem-nafion112.csv").reference
    rounds = {"rounds": 2000, "max_leaves": 255, "min_rows_leaf": 1}
    call = train_model.call(**PEM, data=file, algorithm="gradient_boosting", hyperparameters=rounds)
    id = platform.client.enqueue(call)

    def step() -> str:
        return (platform.store.get(id).progress or {}).get("step", "")

    wait_until(lambda: "round" in step(), seconds=30, what="the first rounds are done")
    (worker,) = platform.workers
    assert NICENESS in [process.nice() for process in platform.processes(worker)]
    platform.client.cancel(id)
    assert platform.ended(id, seconds=6).state == "cancelled"
