"""The calls of Bull-style systems over our engine: S1's watching, S2's chain builder, S4's queue and processors."""

from callboard.facade.background_jobs import (
    BackgroundJobsHealth,
    JobErrorHandler,
    WorkerStats,
    check_background_jobs_health,
    checkBackgroundJobsHealth,
    get_worker_stats,
    getWorkerStats,
)
from callboard.facade.job import Job
from callboard.facade.job_chain import JobChain
from callboard.facade.job_processor import BaseJobProcessor, JobProcessor
from callboard.facade.job_words import JobData, JobOptions, JobStatus, QueueStats
from callboard.facade.queue_service import JobQueue, job_queue

__all__ = [
    "BackgroundJobsHealth",
    "BaseJobProcessor",
    "Job",
    "JobChain",
    "JobData",
    "JobErrorHandler",
    "JobOptions",
    "JobProcessor",
    "JobQueue",
    "JobStatus",
    "QueueStats",
    "WorkerStats",
    "checkBackgroundJobsHealth",
    "check_background_jobs_health",
    "getWorkerStats",
    "get_worker_stats",
    "job_queue",
]
