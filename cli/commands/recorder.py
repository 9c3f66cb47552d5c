"""`callboard recorder`: write what happens into SQL, until told to stop."""

from __future__ import annotations

from cli.failures import Stop
from cli.health_port import as_variable, health_port_option
from cli.words import word

EXAMPLES = """
callboard recorder                               into the database of the settings
DATABASE_URL=postgresql://host/db callboard recorder
"""


@word("recorder", EXAMPLES)
@health_port_option
def recorder_command(health_port: int | None) -> None:
    """Run one recorder in this process. Any number may run: one writes, the others stand by."""
    from callboard.history.__main__ import main
    from callboard.jobs.settings import environment

    with environment(**as_variable(health_port)):
        code = main()
    if code:
        raise Stop(code, "the recorder could not start")
