"""What stands in Redis as JSON, for viewers: these must render anything."""

from __future__ import annotations

from typing import Any

from callboard.jobs.encoding import NotJson, decode


def readable(line: str) -> dict[str, Any]:
    """A JSON object, or whatever stands there under `text`."""
    try:
        value = decode(line, "entry")
    except NotJson:
        return {"text": line}
    return value if isinstance(value, dict) else {"text": line}
