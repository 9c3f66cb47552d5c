"""What these tests work with."""

from tests.research.kept_database import built, engine

__all__ = ["built", "engine"]
