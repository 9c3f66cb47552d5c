"""Callboard, the engine: background jobs on Dramatiq with a record, progress, limits, flows and no lost work."""

__version__ = "0.1.0"
