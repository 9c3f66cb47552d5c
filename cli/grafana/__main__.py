"""Write what is shipped: `python -m cli.grafana deploy`."""

from __future__ import annotations

import sys
from pathlib import Path

from cli.grafana.files import dashboard_files, rules_file

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, text in dashboard_files().items():
        (folder / "grafana" / name).write_text(text)
    (folder / "prometheus" / "rules.yml").write_text(rules_file())
