"""Slides of a microscope: long jobs with steps, two at a time over all workers."""

from __future__ import annotations

import zlib
from typing import Any, Final

from marshmallow import Schema, fields, validate

from actors.demo.work import work
from callboard.jobs.policy import Queue, Retry
from callboard.worker.context import Context
from callboard.worker.job import job

imaging = Queue("imaging", concurrency=2)
STEPS: Final = {"load tiles": 1, "align": 2, "segment cells": 5, "measure": 2}


class SegmentSlide(Schema):
    """Which slide."""

    slide = fields.String(required=True, metadata={"description": "name of the slide, such as S-1042"})
    tiles = fields.Integer(load_default=64, validate=validate.Range(1, 4096), metadata={"description": "images of it"})


@job(queue=imaging, schema=SegmentSlide, retry=Retry(attempts=3, first=5.0, at_most=60.0), timeout=600)
def segment_slide(ctx: Context, *, slide: str, tiles: int) -> dict[str, Any]:
    """Find the cells of a slide. Safe to repeat: it only computes."""
    ctx.log(f"{slide}: {tiles} tiles of 2048 × 2048 pixels")
    work(ctx, tiles / 3, STEPS)
    result = cells_of(slide, tiles)
    ctx.log(f"{result['cells']} cells found")
    return result


def cells_of(slide: str, tiles: int) -> dict[str, Any]:
    """What is found on a slide."""
    cells = tiles * 37 + zlib.crc32(slide.encode()) % 900
    return {"slide": slide, "cells": cells, "mean_area_um2": 60 + cells % 50}
