"""What the tests of job types work with."""

from tests.platform_board import board, settings
from tests.platform_worker import platform

__all__ = ["board", "platform", "settings"]
