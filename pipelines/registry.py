"""The pipelines of the platform by name: what each is run on, how it is planned, and what it shows at its end.

A pipeline is a line of the table and a module of its name, which has
    NAME(source, *, ...) -> Plan      the function of its name; `source` is left out where it takes nothing
    report_of(meta) -> dict           what came out, as one JSON object, from the `meta` of the plan
    page_of(report) -> str            the same as a page of Markdown
    named_after(stored) -> dict       arguments that follow from a stored file, where it takes one
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from callboard.jobs.errors import InvalidArguments

if TYPE_CHECKING:
    from callboard.jobs.flow import Plan


@dataclass(frozen=True)
class Pipeline:
    """A named flow; `takes` is a file, a folder or nothing, `files` are the arguments that are files as well."""

    name: str
    takes: str
    about: str
    files: tuple[str, ...] = ()


PIPELINES: Final = {
    pipeline.name: pipeline
    for pipeline in (
        Pipeline("paper_intake", "file", "from a PDF to a stored, analysed, searchable paper"),
        Pipeline("export_and_mail", "nothing", "an export, and the mail that brings it or leads to it"),
        Pipeline("experiment_report", "file", "from readings to metrics, a report and a mail", ("metadata_file",)),
        Pipeline("weekly_digest", "nothing", "the digest of a week, made and mailed"),
        Pipeline("paper_batch", "folder", "from a folder of PDFs to papers, and a mail that names the bad ones"),
        Pipeline("import_and_analyse", "file", "from a workbook to a dataset, its columns in numbers, and a mail"),
        Pipeline("repo_batch", "file", "from a list of Git repositories, one a line, to their analyses and a summary"),
    )
}


# What a form shows for an annotation that begins so.
KINDS: Final = {
    "list[str]": "list",
    "str": "string",
    "bool": "boolean",
    "int": "integer",
    "float": "number",
}


def parameters(pipeline: Pipeline) -> list[str]:
    """The names of the arguments that a pipeline takes beside its source."""
    return list(signature(_start(pipeline)).parameters)[0 if pipeline.takes == "nothing" else 1 :]


def plan_on(pipeline: Pipeline, source: Path | None, given: Mapping[str, Any]) -> Plan:
    """Store the source and plan the flow over it; a folder is a list of its files, in the order of their names.

    Raises what the pipeline raises for arguments that do not fit, InvalidArguments above all.
    """
    from actors.services import files

    store, start = files(), _start(pipeline)
    values = {name: _stored(value) if name in pipeline.files else value for name, value in given.items()}
    plan: Plan
    if source is None:
        plan = start(**values)
    elif pipeline.takes == "folder":
        parts = sorted(path for path in source.iterdir() if path.is_file())
        plan = start([store.put_path(path).reference for path in parts], **values)
    else:
        stored = store.put_path(source)
        plan = start(stored.reference, **_module(pipeline).named_after(stored) | values)
    return plan


def plan_of(pipeline: Pipeline, given: Mapping[str, Any]) -> Plan:
    """Plan the flow over files that are stored already, its source among the arguments by name.

    Raises InvalidArguments, which names each argument that is missing, not known, or none that it takes.
    """
    known = signature(_start(pipeline)).parameters
    strange = {name: ["is unknown"] for name in given if name not in known}
    needed = {name for name, parameter in known.items() if parameter.default is Parameter.empty}
    wrong = strange | {name: ["is missing"] for name in sorted(needed - given.keys())}
    if wrong:
        words = "; ".join(f"{name} {lines[0]}" for name, lines in wrong.items())
        raise InvalidArguments(f"{pipeline.name} takes {', '.join(known)}: {words}", {**wrong})
    try:
        plan: Plan = _start(pipeline)(**given)
    except (TypeError, AttributeError, ValueError) as error:
        # Pipelines hand on what they are given before a type checks it; a number instead of a list breaks on the way.
        raise InvalidArguments(f"{pipeline.name} cannot be called so: {error}") from None
    return plan


def sources(pipeline: Pipeline) -> list[str]:
    """The names of all arguments that a pipeline takes, its source first."""
    return list(signature(_start(pipeline)).parameters)


def fields_of(pipeline: Pipeline) -> list[dict[str, Any]]:
    """What a form asks for: name, kind, required, default; the kind is file, files, json or one of KINDS."""
    source = () if pipeline.takes == "nothing" else tuple(sources(pipeline)[:1])

    def kind(name: str, told: str) -> str:
        if name in source:
            return "files" if pipeline.takes == "folder" else "file"
        if name in pipeline.files:
            return "file"
        return next((kind for start, kind in KINDS.items() if told.startswith(start)), "json")

    return [
        {
            "name": name,
            "kind": kind(name, str(parameter.annotation)),
            "required": parameter.default is Parameter.empty,
            "default": None if parameter.default is Parameter.empty else parameter.default,
        }
        for name, parameter in signature(_start(pipeline)).parameters.items()
    ]


def report_of(pipeline: Pipeline, plan: Plan) -> dict[str, Any]:
    """What a finished flow has brought, as one JSON object."""
    report: dict[str, Any] = _module(pipeline).report_of(plan.meta)
    return report


def page_of(pipeline: Pipeline, report: dict[str, Any]) -> str:
    """The report as a page of Markdown."""
    page: str = _module(pipeline).page_of(report)
    return page


def _stored(value: Any) -> Any:
    """The reference of a file that is named by its path; anything else is a reference already."""
    from actors.services import files

    return files().put_path(Path(value)).reference if isinstance(value, str) and Path(value).is_file() else value


def _start(pipeline: Pipeline) -> Any:
    return getattr(_module(pipeline), pipeline.name)


def _module(pipeline: Pipeline) -> Any:
    # Imported when it is used: the names alone must not load the job types.
    return importlib.import_module(f"pipelines.{pipeline.name}")
