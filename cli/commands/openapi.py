"""`callboard openapi`: the description of the API, for what is made from it."""

from __future__ import annotations

import os
import sys

from callboard.jobs.settings import environment_for_child
from cli.words import word


@word("openapi", "callboard openapi > openapi.json\ncallboard openapi | jq '.paths | keys'")
def openapi_command() -> None:
    """Print the description of the API as OpenAPI 3.1; a web process serves the same at /api/v1/openapi.json."""
    # The API lies beside the command and not below it, hence its own program is asked.
    os.execve(sys.executable, [sys.executable, "-m", "web.openapi"], environment_for_child())  # noqa: S606
