"""Every table of the platform: one import for each module that declares some, so that the metadata is complete."""

from research import models
from research.models import Model

__all__ = ["Model", "models"]
