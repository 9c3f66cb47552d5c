"""A worker with all the queues of the platform and nothing to do."""

import os

from callboard.jobs.policy import Queue
from callboard.worker.job import job
from callboard.worker.setup import set_up

NAMES = (
    *("paper-processing", "ai-analysis", "ai-content", "experiment-data", "email-notifications", "data-export"),
    *("excel-import", "db-operations", "ml-training", "cache", "analytics", "database-cleanup", "scheduled-tasks"),
    *("repo-analysis", "webhooks"),
)

broker = set_up(os.environ["BENCH_URL"])
for name in NAMES:
    job(lambda: None, name=name.replace("-", "_"), queue=Queue(name, concurrency=5), broker=broker)
