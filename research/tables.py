"""Every table of the platform: one import for each module that declares some, so that the metadata is complete."""

from research import models
from research.ai import models as ai
from research.analytics import tables as analytics
from research.archive import models as archive
from research.cache import tables as cache
from research.datasets import models as dataset_models
from research.experiments import models as experiments
from research.exports import models as exports
from research.health import tables as health
from research.mail import fates
from research.ml import models as trained_models
from research.models import Model
from research.reports import tables as reports
from research.repositories import models as repositories
from research.sheets import models as sheets

__all__ = [
    "Model",
    "ai",
    "analytics",
    "archive",
    "cache",
    "dataset_models",
    "experiments",
    "exports",
    "fates",
    "health",
    "models",
    "reports",
    "repositories",
    "sheets",
    "trained_models",
]
