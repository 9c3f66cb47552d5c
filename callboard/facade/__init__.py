"""The calls of Bull-style systems over our engine: S2's chain builder and S4's queue, jobs and processors."""

from callboard.facade.job import Job
from callboard.facade.job_chain import JobChain
from callboard.facade.job_processor import BaseJobProcessor, JobProcessor
from callboard.facade.job_words import JobData, JobOptions, JobStatus, QueueStats
from callboard.facade.queue_service import JobQueue, job_queue

__all__ = [
    "BaseJobProcessor",
    "Job",
    "JobChain",
    "JobData",
    "JobOptions",
    "JobProcessor",
    "JobQueue",
    "JobStatus",
    "QueueStats",
    "job_queue",
]
