"""The job types of the platform, one module per queue; `dramatiq actors` starts the workers."""

from callboard.jobs.settings import load_settings
from callboard.worker.declared import import_own
from callboard.worker.setup import set_up

broker = set_up()

# Each import declares the types of one queue on the broker above, so it must come after it.
from actors import (  # noqa: E402
    ai_analysis,
    ai_content,
    analytics,
    cache,
    data_export,
    database_cleanup,
    db_operations,
    email_notifications,
    excel_import,
    experiment_data,
    ml_training,
    paper_processing,
    repo_analysis,
    scheduled_tasks,
    webhooks,
)

# Last, so that they find the broker and may build on the types above.
import_own(load_settings().modules or ())

__all__ = [
    "ai_analysis",
    "ai_content",
    "analytics",
    "broker",
    "cache",
    "data_export",
    "database_cleanup",
    "db_operations",
    "email_notifications",
    "excel_import",
    "experiment_data",
    "ml_training",
    "paper_processing",
    "repo_analysis",
    "scheduled_tasks",
    "webhooks",
]
