"""What the tests of pipelines work with."""

from tests.platform_board import board, settings
from tests.platform_worker import platform

__all__ = ["board", "platform", "settings"]
