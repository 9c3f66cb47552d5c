"""`callboard recorder`: write what happens into SQL, until told to stop."""

from __future__ import annotations

from cli.failures import Stop
from cli.words import word

EXAMPLES = """
callboard recorder                               into the database of the settings
DATABASE_URL=postgresql://host/db callboard recorder
"""


@word("recorder", EXAMPLES)
def recorder_command() -> None:
    """Run one recorder in this process. Any number may run: one writes, the others stand by."""
    from callboard.history.__main__ import main

    code = main()
    if code:
        raise Stop(code, "the recorder could not start")
