"""The job types of the platform, one module per queue; `dramatiq actors` starts the workers."""

from callboard.worker.setup import set_up

broker = set_up()

# Each import declares the types of one queue on the broker above.
