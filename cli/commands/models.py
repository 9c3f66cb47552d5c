"""`callboard models`: what was trained, how good it is, and whether it comes out the same again."""

from __future__ import annotations

from typing import Any

import click

from cli.asking import confirm
from cli.failures import FAILED, Stop
from cli.model_stores import model_stores
from cli.output import Column, Out
from cli.server import remote
from cli.words import Words, word

EXAMPLES = """
callboard models                                   what there is
callboard models show pem-voltage                  how it was made, and how good it is
callboard models reproduce pem-voltage             train it again and compare
callboard models rm pem-voltage --version 1 --yes
"""
COLUMNS = (
    Column("name", "Name"),
    Column("version", "Version", right=True),
    Column("kind", "Kind"),
    Column("algorithm", "Algorithm"),
    Column("target", "Target"),
    Column("rows", "Rows", right=True),
    Column("score", "Score", right=True),
    Column("created_at", "Trained", wide=True),
)
models_command = Words("models", default="ls", examples=EXAMPLES, help="Trained models.")
model_argument = click.argument("model")
version_option = click.option("--version", type=click.IntRange(1), metavar="N", help="A version; else the newest.")


@word("ls", "callboard models ls\ncallboard models ls --json | jq '.models[].metrics.held_out'")
@click.pass_obj
def ls_command(out: Out) -> None:
    """List all versions of all models; the score is r2 or the balanced accuracy on held-out rows."""
    rows = [_with_score(values) for values in every()]
    out.rows("models", rows, COLUMNS, "no models; `callboard enqueue train_model …` makes one")


def every() -> list[dict[str, Any]]:
    """All versions of all models, by name, the newest first."""
    if far := remote():
        from cli.remote_models import models as far_models

        return far_models(far.api)
    from callboard.history.database import reading
    from research.ml.registry import every_model

    engine, _ = model_stores()
    with reading(engine) as session:
        return [record.values() for record in every_model(session)]


@word("show", "callboard models show pem-voltage\ncallboard models show pem-voltage --version 1 --json")
@model_argument
@version_option
@click.pass_obj
def show_command(out: Out, model: str, version: int | None) -> None:
    """Everything about a version of a model: its data, settings, metrics and files."""
    values = known(model, version)
    out.page(values, lambda: _print(out, values))


def known(name: str, version: int | None) -> dict[str, Any]:
    """A version of a model, the newest if none is named. Raises UnknownModel."""
    if far := remote():
        from cli.remote_models import model as far_model

        return far_model(far.api, name, version)
    from callboard.history.database import reading
    from research.ml.registry import find_model

    engine, _ = model_stores()
    with reading(engine) as session:
        return find_model(session, name, version).values()


@word("reproduce", "callboard models reproduce pem-voltage")
@model_argument
@version_option
@click.pass_obj
def reproduce_command(out: Out, model: str, version: int | None) -> None:
    """Train a model again, in this process and without storing it, and compare its metrics with those of the record."""
    from callboard.history.database import reading
    from research.ml.registry import find_model
    from research.ml.reproduction import reproduce

    engine, files = model_stores()
    with reading(engine) as session:
        record = find_model(session, model, version)
    again = reproduce(engine, files, record, lambda *at: out.detail(at[2]))
    values = {
        "model": model,
        "version": record.version,
        "same": again.same,
        "metrics": again.training.metrics,
        "other_libraries": again.other_libraries,
    }
    words = "came out the same" if again.same else "came out different"
    out.page(values, lambda: out.say(f"{model} version {record.version} {words}"))
    if not again.same:
        raise Stop(FAILED)


@word("rm", "callboard models rm pem-voltage --version 1 --yes")
@model_argument
@click.option("--version", type=click.IntRange(1), metavar="N", help="This version only; else all of them.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rm_command(out: Out, model: str, version: int | None, yes: bool) -> None:
    """Delete a model, its files included; there is no way back but training it again."""
    from callboard.history.database import reading, writing
    from research.ml.registry import delete_files, find_model, remove_models

    engine, files = model_stores()
    with reading(engine) as session:
        find_model(session, model, version)
    confirm(f"Delete {f'version {version}' if version else 'all versions'} of model {model}", yes)
    with writing(engine) as session:
        gone = remove_models(session, model, version)
    for record in gone:
        delete_files(files, record)
    versions = [record.version for record in gone]
    said = ", ".join(map(str, versions))
    out.page({"model": model, "removed": versions}, lambda: out.say(f"{model}: version {said} deleted"))


def _with_score(values: dict[str, Any]) -> dict[str, Any]:
    held_out = values["metrics"]["held_out"]
    return values | {"score": round(held_out.get("r2", held_out.get("balanced_accuracy")), 3)}


def _print(out: Out, values: dict[str, Any]) -> None:
    """The values of a model line by line, and its metrics against the baseline as a table."""
    metrics = values["metrics"]
    for name, value in values.items():
        if name != "metrics" and value not in ({}, []):
            out.line(f"{name}\t{_said(value)}")
    out.line("metric\tfolds (mean ± std)\theld out\tbaseline")
    for name, folds in metrics["mean"].items():
        spread = f"{folds['mean']:.4g} ± {folds['std']:.2g}"
        out.line(f"{name}\t{spread}\t{_number(metrics['held_out'][name])}\t{_number(metrics['baseline'][name])}")


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{one['name']} ({one['role']})" if isinstance(one, dict) else str(one) for one in value)
    return ", ".join(f"{name}={one}" for name, one in value.items()) if isinstance(value, dict) else str(value)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


for further in (ls_command, show_command, reproduce_command, rm_command):
    models_command.add_command(further)
