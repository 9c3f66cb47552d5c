"""Write the reference page of all settings from the table; `make docs` puts it at docs/settings.md."""

from itertools import groupby

from callboard.jobs.settings import table
from callboard.jobs.variables import Variable

INTRODUCTION = """# Settings

What belongs to a machine is read from the environment when a process starts; `callboard config show` prints what was
read. In the working folder a file `.env` may hold defaults. An empty variable counts as not set. All problems are
reported at once. Durations take `ms`, `s`, `m`, `h` or `d`; the unit of a bare number is given in the kind.

With none of `REDIS_URL`, `REDIS_HOST`, `REDIS_PORT`, `REDIS_PASSWORD`, `REDIS_DB` and `REDIS_SENTINEL` set, or with
`REDIS_ENABLED=false`, Callboard starts its own Valkey under `CALLBOARD_HOME`, with persistence on disk.

This page is made by `make docs` from `callboard/jobs/settings_table.py`.
"""


def settings_page() -> str:
    """Return the page in Markdown, one table for each section."""
    sections = groupby(table().values(), key=lambda row: row.section)
    return "\n".join([INTRODUCTION, *(_section(title, list(rows)) for title, rows in sections)])


def _section(title: str, rows: list[Variable]) -> str:
    lines = [f"## {title}", "", "| variable | kind | default | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *(_row(row) for row in rows), ""])


def _row(row: Variable) -> str:
    default = f"`{row.default}`" if row.default else "–"
    about = row.about + (f" Also read from {', '.join(f'`{name}`' for name in row.also)}." if row.also else "")
    return f"| `{row.name}` | {row.kind.expects}{' (secret)' if row.secret else ''} | {default} | {about} |"


if __name__ == "__main__":
    print(settings_page(), end="")
