"""Dashboards into a Grafana over its HTTP API; what is there under the same uid is replaced."""

from __future__ import annotations

from typing import Any, Final

import httpx2

from callboard.broker.errors import ConnectionLost
from cli.api import CODES
from cli.failures import FAILED, NOT_ALLOWED, USAGE, Stop

SECONDS: Final = 30.0


def post_dashboard(grafana: str, token: str | None, dashboard: dict[str, Any], folder: str | None = None) -> str:
    """Put one dashboard there; its address. Raises Stop for what Grafana refuses, ConnectionLost."""
    if not grafana.startswith(("http://", "https://")):
        raise Stop(USAGE, f"--grafana expects an address such as http://127.0.0.1:3000, got {grafana!r}")
    body = {"dashboard": {**dashboard, "id": None}, "overwrite": True, "message": "callboard grafana"}
    head = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{grafana.rstrip('/')}/api/dashboards/db"
    try:
        answer = httpx2.post(url, json=body | ({"folderUid": folder} if folder else {}), headers=head, timeout=SECONDS)
    except httpx2.TransportError as error:
        raise ConnectionLost(f"{grafana} cannot be reached: {error}") from None
    if answer.status_code != 200:
        raise Stop(CODES.get(answer.status_code, FAILED), _in_words(grafana, dashboard["title"], answer))
    return f"{grafana.rstrip('/')}{answer.json().get('url', '')}"


def _in_words(grafana: str, title: str, answer: httpx2.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        said = {}
    told = said.get("message") if isinstance(said, dict) else None
    words = f"{grafana} refused {title}: HTTP {answer.status_code}{f', {told}' if told else ''}"
    if CODES.get(answer.status_code) == NOT_ALLOWED:
        return f"{words}; --grafana-token needs a service account that may edit dashboards"
    return words
