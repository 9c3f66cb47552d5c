"""A survey as JSON and back, so that an import that goes on need not go over the whole file again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from research.sheets.cells import Area
from research.sheets.survey import SheetPlan, Survey


def survey_values(survey: Survey) -> dict[str, Any]:
    """As JSON."""
    plans = []
    for plan in survey.plans:
        values = asdict(plan)
        values["columns"] = list(plan.columns.items())  # numbers cannot be keys in JSON
        values["merged"] = [[area.top, area.left, area.bottom, area.right] for area in plan.merged]
        plans.append(values)
    return {"plans": plans, "left_out": survey.left_out}


def survey_of(values: dict[str, Any]) -> Survey:
    """From JSON."""
    plans = []
    for plan in values["plans"]:
        columns = {int(number): name for number, name in plan["columns"]}
        plans.append(SheetPlan(**plan | {"columns": columns, "merged": [Area(*area) for area in plan["merged"]]}))
    return Survey(plans, values["left_out"])
