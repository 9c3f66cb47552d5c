"""The job types of the platform, for workers that send mail."""

from actors import broker

__all__ = ["broker"]
