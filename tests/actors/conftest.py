"""What the tests of job types work with."""

from tests.platform_board import board, settings

__all__ = ["board", "settings"]
