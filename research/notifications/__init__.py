"""One notifier for all that people are told: ends of their jobs, failures, conditions; by mail, webhook and notice."""
