"""`callboard grafana`: dashboards and rules as files, or the dashboards straight into a Grafana."""

from __future__ import annotations

from pathlib import Path

import click

from cli.failures import USAGE, Stop
from cli.grafana.dashboard import BOARD, dashboard_json
from cli.grafana.files import DASHBOARDS, write_files
from cli.output import Out
from cli.words import word

EXAMPLES = """
callboard grafana --output monitoring/
callboard grafana -o monitoring/ --board https://jobs.lab/admin/queues --docs https://docs.lab
callboard grafana --grafana http://127.0.0.1:3000 --grafana-token glsa_...
"""


@word("grafana", EXAMPLES)
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Write the files here.")
@click.option("--grafana", metavar="URL", help="Put the dashboards into this Grafana; links of rules lead there.")
@click.option("--grafana-token", metavar="TOKEN", help="Token of a service account that may edit dashboards.")
@click.option("--folder", metavar="UID", help="Folder of Grafana for the dashboards.")
@click.option("--board", metavar="URL", default=BOARD, show_default=True, help="Where our own pages are.")
@click.option("--docs", metavar="URL", default="", help="Where docs/ can be read; runbooks are linked below it.")
@click.pass_obj
def grafana_command(
    out: Out,
    *,
    output: Path | None,
    grafana: str | None,
    grafana_token: str | None,
    folder: str | None,
    board: str,
    docs: str,
) -> None:
    """Write three dashboards for Grafana and the rules for Prometheus, or import the dashboards over Grafana's API.

    Prometheus reads rules from files only: name rules.yml under `rule_files` of its configuration.
    """
    if output is None and grafana is None:
        raise Stop(USAGE, "say where to: --output FOLDER for files, --grafana URL for a Grafana")
    written = write_files(output, board, docs, grafana or "") if output else []
    posted = _post(grafana, grafana_token, folder, board) if grafana else []
    found = {"files": [str(path) for path in written], "dashboards": posted}
    out.page(found, lambda: out.line("\n".join([*found["files"], *found["dashboards"]])))


def _post(grafana: str, token: str | None, folder: str | None, board: str) -> list[str]:
    from cli.grafana.post import post_dashboard

    return [post_dashboard(grafana, token, dashboard_json(one, board), folder) for one in DASHBOARDS]
