"""The job types of a newer deploy: those of the faults, and one more."""

from tests.system.fault_jobs import SOON, job, work


@job(queue=work, retry=SOON)
def late_type(n: int) -> int:
    return n
