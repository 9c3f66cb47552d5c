"""Answers that cost much, kept in SQL for a while and shared by all processes."""
