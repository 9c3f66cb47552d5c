"""Callboard in the side-by-side comparison: full middleware, record, events and result kept."""

from datetime import timedelta

import bench_common as bc

from callboard.jobs.policy import Queue, Retention
from callboard.worker.job import job
from callboard.worker.setup import set_up

broker = set_up(bc.URL)
# As BullMQ does by default, keep every finished job with its result, so that memory is compared like for like.
bench = Queue("bench", retention={"completed": Retention(timedelta(days=1))})


@job(queue=bench)
def noop(i):
    return bc.tick(i)


@job(queue=bench)
def stamp(i):
    return bc.stamp(i)


def send_bulk(numbers):
    """One call of the bulk API."""
    broker.enqueue_many(noop.message(i) for i in numbers)


if __name__ == "__main__":
    bc.producer(noop.send, stamp.send, send_bulk)
