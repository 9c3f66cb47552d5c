"""All queues and workers, as the pages of the API and of the dashboard show them."""

from __future__ import annotations

from callboard.broker.overview import Overview, overview
from web.services import here


def shared_overview() -> Overview:
    """All queues and workers, fresh where few look and some seconds old where many do."""
    return overview(here().store)
