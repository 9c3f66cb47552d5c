"""Every table of the history: who imports this knows them all, whatever else the process has imported."""

from callboard.history import access_models, meter_models, models, notification_models, outbox_models, schedule_models
from callboard.history.models import Table

__all__ = [
    "Table",
    "access_models",
    "meter_models",
    "models",
    "notification_models",
    "outbox_models",
    "schedule_models",
]
