"""What a worker process of stock Dramatiq imports."""

import os

from benchmarks.jobs import stock

broker = stock(os.environ["BENCH_URL"]).broker
