"""Analyse many repositories side by side, and sum up: which could be read, how they are kept, which failed why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from actors import services
from actors.repo_analysis import MOST, repo_analysis, repo_summary
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.flow import Plan, Step, chain, group, plan

NAME = "repo_batch"
LIST_BYTES = 1 << 20


def repo_batch(
    repositories: str | Iterable[str],
    *,
    commits: int = 1000,
    max_mb: int = 200,
    notify: str | list[str] | bool | None = None,
    webhook: str | None = None,
) -> Plan:
    """Each repository is a job of its own; when all have ended, one more sums up, whether or not some have failed.

    `repositories` is a list, or the storage reference of a text with one a line, lines with # left out. `notify` and
    `webhook` are told of the end of the batch, as of the end of any job. Raises InvalidArguments.
    """
    given = _listed(repositories) if isinstance(repositories, str) else list(repositories)
    wanted = list(dict.fromkeys(given))
    if not 1 <= len(wanted) <= MOST:
        raise InvalidArguments(
            f"repo_batch takes 1 to {MOST} repositories, got {len(wanted)}", {"repositories": f"1 to {MOST}"}
        )
    steps = [
        Step(repo_analysis.call(repository=one, commits=commits, max_mb=max_mb), if_fails="continue", name=f"{n}")
        for n, one in enumerate(wanted, 1)
    ]
    told = {name: value for name, value in (("notify", notify), ("webhook", webhook)) if value}
    summing = repo_summary.call(repositories=wanted, jobs=[step.call.id for step in steps]).named(meta=told)
    meta = {"repositories": len(wanted), "summary": summing.id}
    return plan(chain(group(*steps), Step(summing, name="summary")), name=NAME, meta=meta)


def named_after(_: Any) -> dict[str, Any]:
    """Nothing follows from the file with the list."""
    return {}


def report_of(meta: dict[str, Any]) -> dict[str, Any]:
    """The summary of a flow that is over. Raises JobMissing, ResultMissing."""
    import actors

    report: dict[str, Any] = actors.broker.store.result(meta["summary"])
    return report


def page_of(report: dict[str, Any]) -> str:
    """The summary as a page of Markdown."""
    from research.printing import cell

    head = f"# {report['completed']} of {report['repositories']} repositories analysed\n"
    read = [
        f"| {cell(one['repository'], 80)} | {cell(one['main_language'] or '–', 30)} | {one['commits']} | "
        f"{one['authors']} | {one['bus_factor']} | {cell(one['licence'] or '–', 30)} | {one['health']:g} |"
        for one in report["analyses"]
    ]
    columns = "| repository | language | commits | authors | bus factor | licence | health |"
    table = [columns, "| --- | --- | --- | --- | --- | --- | --- |", *read, ""] if read else []
    failed = [f"| {cell(bad['repository'], 80)} | {cell(bad['reason'], 160)} |" for bad in report["failed"]]
    faults = ["| failed | why |", "| --- | --- |", *failed, ""] if failed else []
    return "\n".join([head, *table, *faults])


def _listed(reference: str) -> list[str]:
    """The repositories of a stored list. Raises InvalidArguments, UnknownFile."""
    with services.files().open(reference) as stored:
        content = stored.read(LIST_BYTES + 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if len(content) > LIST_BYTES or "\0" in text:
        raise InvalidArguments(
            "repo_batch takes a text with one repository a line, at most 1 MB of UTF-8", {"repositories": "a text"}
        )
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]
