"""S2's creators: one call for each family of jobs; each takes the options of one job by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from callboard.facade.spelling import snake
from callboard.jobs.record import Job
from pipelines.job_types import OPTIONS, WITHOUT_EFFECT, JobType, action_type, create

PAPERS: Final = "paper-processing"
EXPERIMENTS: Final = "experiment-data"
CLEANUP: Final = "database-cleanup"
SCHEDULED: Final = "scheduled-tasks"


class JobCreators:
    """Enqueue a job of a family and return its record; what is no option is an argument of the type.

    All raise InvalidArguments, which names the field, UnknownType, and what `Client.enqueue` raises.
    """

    @staticmethod
    def process_paper(paper_id: str, action: str, options: Mapping[str, Any] | None = None, /, **more: Any) -> Job:
        """One step for a paper: extract_pdf, analyze_content, generate_embeddings or extract_parameters."""
        return _create(action_type(PAPERS, action), {"paper_id": paper_id}, options, more)

    @staticmethod
    def process_experiment(
        experiment_id: str,
        action: str,
        user_id: str | None = None,
        options: Mapping[str, Any] | None = None,
        /,
        **more: Any,
    ) -> Job:
        """One step for an experiment: process_results, calculate_metrics or generate_report.

        The user is noted in the job's meta and is told of its end.
        """
        if user_id is not None:
            more["meta"] = {**more.get("meta", {}), "user": user_id}
        return _create(action_type(EXPERIMENTS, action), {"experiment_id": experiment_id}, options, more)

    @staticmethod
    def send_email(
        to: str | Sequence[str],
        template: str,
        data: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        /,
        **more: Any,
    ) -> Job:
        """One mail from a template, to one address or a list."""
        return _create(JobType.EMAIL_SEND, {"to": to, "template": template, "data": dict(data or {})}, options, more)

    @staticmethod
    def send_emails(
        recipients: Sequence[Mapping[str, Any]], template: str, data: Mapping[str, Any] | None = None, /, **more: Any
    ) -> Job:
        """A mail of their own for each of many; a priority is that of the mails."""
        given = {"recipients": [dict(one) for one in recipients], "template": template, "data": dict(data or {})}
        if "priority" in more:
            given["priority"] = more.pop("priority")
        return _create(JobType.EMAIL_BATCH, given, None, more)

    @staticmethod
    def export_data(kind: str, format: str = "json", options: Mapping[str, Any] | None = None, /, **more: Any) -> Job:  # noqa: A002 - S2's word
        """An export of papers, experiments, parameters or a full_backup, as json, csv or excel."""
        return _create(JobType.DATA_EXPORT, {"kind": kind, "format": format}, options, more)

    @staticmethod
    def import_excel(file: str, table: str, options: Mapping[str, Any] | None = None, /, **more: Any) -> Job:
        """An import of a stored workbook into a table."""
        return _create(JobType.EXCEL_IMPORT, {"file": file, "table": table}, options, more)

    @staticmethod
    def train_model(kind: str, name: str, options: Mapping[str, Any] | None = None, /, **more: Any) -> Job:
        """A training: prediction, classification or parameter_extraction."""
        return _create(JobType.TRAIN_MODEL, {"kind": kind, "name": name}, options, more)

    @staticmethod
    def clean_up(action: str, options: Mapping[str, Any] | None = None, /, **more: Any) -> Job:
        """A clean-up: remove_orphaned_files, clean_temp_data, archive_old_data or optimize_indexes."""
        return _create(action_type(CLEANUP, action), {}, options, more)

    @staticmethod
    def run_scheduled(action: str, options: Mapping[str, Any] | None = None, /, **more: Any) -> Job:
        """A scheduled task now: daily_report, weekly_digest, monthly_analytics or system_health_check."""
        return _create(action_type(SCHEDULED, action), {}, options, more)


def _create(type: str, data: Mapping[str, Any], options: Mapping[str, Any] | None, more: Mapping[str, Any]) -> Job:
    """A job from the arguments and options of a creator, told apart by their names."""
    names = (*OPTIONS, *WITHOUT_EFFECT)
    chosen = {snake(name): value for name, value in more.items() if snake(name) in names}
    rest = {name: value for name, value in more.items() if snake(name) not in names}
    return create(type, {**data, **rest}, **{snake(name): value for name, value in (options or {}).items()}, **chosen)
