"""The clock of the platform: makes the jobs of schedules when they are due, and does the recurring duties."""
