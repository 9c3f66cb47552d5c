"""A dashboard around its panels: variables, annotations, and the place of each panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.grafana.panels import COLOURS, SOURCE, Panel, panel_json

COLUMNS: Final = 24
BOARD: Final = "http://127.0.0.1:8300/admin/queues"
TAG: Final = "callboard"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard; `repeat` names the variable for each value of which its rows are shown once more."""

    uid: str
    title: str
    about: str
    rows: Sequence[tuple[str, Sequence[Panel]]]
    repeat: str | None = None


def dashboard_json(dashboard: Dashboard, board: str = BOARD) -> dict[str, Any]:
    """The dashboard as Grafana imports it; `board` is where our own pages are."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.about,
        "tags": [TAG],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "",
        "annotations": {"list": _annotations()},
        "links": [{"type": "dashboards", "tags": [TAG], "asDropdown": False, "title": "", "keepTime": True}],
        "templating": {"list": _variables(board)},
        "panels": list(_placed(dashboard)),
    }


def _placed(dashboard: Dashboard) -> Iterator[dict[str, Any]]:
    """The rows with their panels, from left to right and from top to bottom."""
    id, y = 0, 0
    for title, panels in dashboard.rows:
        id += 1
        row = {"id": id, "type": "row", "title": title, "collapsed": False, "panels": []}
        if dashboard.repeat:
            row["repeat"] = dashboard.repeat
        yield row | {"gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}}
        x, y, tallest = 0, y + 1, 0
        for panel in panels:
            if x + panel.width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            id += 1
            yield panel_json(panel, id, x, y)
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest


def _variables(board: str) -> list[dict[str, Any]]:
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}},
        _values("environment", "Environment", "label_values(callboard_build_info, environment)"),
        _values("queue", "Queue", "label_values(callboard_queue_jobs, queue)"),
        _values("type", "Type", 'label_values(callboard_enqueued_total{queue=~"$queue"}, type)'),
        {
            "name": "board",
            "label": "Callboard",
            "type": "textbox",
            "query": board,
            "current": {"text": board, "value": board},
            "options": [{"text": board, "value": board, "selected": True}],
        },
    ]


def _values(name: str, label: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": f"values-of-{name}"},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        # An environment that nobody has named is chosen by it too.
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _annotations() -> list[dict[str, Any]]:
    build = 'max by (version, revision) (callboard_build_info{environment=~"$environment"})'
    earlier = 'max by (version, revision) (callboard_build_info{environment=~"$environment"} offset 5m)'
    paused = 'max by (queue) (callboard_queue_paused{environment=~"$environment", queue=~"$queue"}) == 1'
    before = 'max by (queue) (callboard_queue_paused{environment=~"$environment", queue=~"$queue"} offset 2m) == 1'
    return [
        _annotation("Deploys", f"{build} unless {earlier}", "{{version}} {{revision}}", COLOURS["active"]),
        _annotation("Pauses", f"{paused} unless {before}", "{{queue}} is paused", COLOURS["delayed"]),
    ]


def _annotation(name: str, expression: str, title: str, colour: str) -> dict[str, Any]:
    return {
        "name": name,
        "datasource": SOURCE,
        "enable": True,
        "iconColor": colour,
        "expr": expression,
        "titleFormat": title,
        "step": "60s",
    }
