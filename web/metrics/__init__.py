"""What Prometheus reads at /metrics: the whole fleet from Redis and SQL, and this process."""
