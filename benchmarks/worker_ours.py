"""What a worker process of Callboard imports."""

import os

from benchmarks.jobs import ours

broker = ours(os.environ["BENCH_URL"]).broker
