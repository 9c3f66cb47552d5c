"""What a job costs: `python -m benchmarks`, or `make bench`."""
