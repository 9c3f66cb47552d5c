"""Panels: what is drawn, in which unit and colours, and which page of ours shows the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

# The colours of our own pages on a dark ground, where they are readable; Grafana's light theme bears them too.
COLOURS: Final = {
    "waiting": "#a9b4c4",
    "delayed": "#eab566",
    "active": "#82b4f8",
    "completed": "#68cf93",
    "failed": "#fb8a94",
    "cancelled": "#a3a9b5",
    "busy": "#82b4f8",
    "idle": "#a3a9b5",
    "retry": "#eab566",
    "released": "#cc9df0",
    "lost": "#fb8a94",
    "p50": "#82b4f8",
    "p95": "#eab566",
    "p99": "#fb8a94",
}
GOOD, WARN, BAD = COLOURS["completed"], COLOURS["delayed"], COLOURS["failed"]
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: expressions with their legends, and the page of ours below the mount path that it links to.

    `steps` are values from which on it is a warning and bad; the other way round where little is bad.
    """

    title: str
    about: str
    targets: Mapping[str, str]
    page: str
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 12
    height: int = 8
    stacked: bool = False
    steps: tuple[float | None, float] | None = None
    little_is_bad: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


def panel_json(panel: Panel, id: int, x: int, y: int) -> dict[str, Any]:
    """The panel as Grafana reads it."""
    return {
        "id": id,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "links": [{"title": "Open in Callboard", "url": f"${{board}}{panel.page}", "targetBlank": True}],
        "targets": [_target(panel, n, *target) for n, target in enumerate(panel.targets.items())],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": _colours(panel)},
        "options": _options(panel),
    }


def _target(panel: Panel, number: int, legend: str, expression: str) -> dict[str, Any]:
    target = {"refId": chr(ord("A") + number), "expr": expression, "legendFormat": legend, "datasource": SOURCE}
    if panel.kind == "heatmap":
        return target | {"format": "heatmap"}
    return target | ({"instant": True, "range": False} if panel.kind in ("stat", "table", "bargauge") else {})


def _defaults(panel: Panel) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": panel.unit, "color": {"mode": "palette-classic"}, "noValue": "–"}
    if panel.steps:
        found |= {"thresholds": {"mode": "absolute", "steps": _steps(panel)}, "color": {"mode": "thresholds"}}
    if panel.kind == "timeseries":
        found["custom"] = {
            "fillOpacity": 30 if panel.stacked else 8,
            "lineWidth": 1,
            "showPoints": "never",
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        }
        found["min"] = 0
    return found


def _steps(panel: Panel) -> list[dict[str, Any]]:
    assert panel.steps
    first, last = panel.steps
    if panel.little_is_bad:
        between = [] if first is None else [{"color": WARN, "value": first}]
        return [{"color": BAD, "value": None}, *between, {"color": GOOD, "value": last}]
    between = [] if first is None else [{"color": WARN, "value": first}]
    return [{"color": GOOD, "value": None}, *between, {"color": BAD, "value": last}]


def _colours(panel: Panel) -> list[dict[str, Any]]:
    """The colours of states, outcomes and quantiles, wherever a legend is one of them."""
    if panel.kind != "timeseries":
        return []
    return [
        {
            "matcher": {"id": "byName", "options": word},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
        }
        for word, colour in COLOURS.items()
        if word in panel.targets or any("{{" in legend for legend in panel.targets)
    ]


def _options(panel: Panel) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    match panel.kind:
        case "stat":
            chosen = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "none"}
        case "heatmap":
            chosen = {"calculate": False, "yAxis": {"unit": panel.unit}, "color": {"scheme": "Purples", "steps": 32}}
        case "timeseries":
            chosen = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
    return chosen | dict(panel.options)
