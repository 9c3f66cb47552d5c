"""A job type that is offered in fifteen queues, as many as the platform has."""

from callboard.jobs.policy import Queue
from tests.system.fault_jobs import job, note

QUEUES = [Queue(f"idle-{n}") for n in range(15)]
MORE = [job(lambda: None, queue=queue, name=f"idle_{n}") for n, queue in enumerate(QUEUES)]


@job(queue=QUEUES[0])
def tell_start(n: int) -> None:
    note("started", n)
