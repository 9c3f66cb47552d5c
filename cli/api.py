"""The API of a board, as this command asks it: one address, one token, and problems as exit codes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from callboard.broker.errors import ConnectionLost
from callboard.jobs.identity import new_id
from cli.failures import FAILED, NOT_ALLOWED, NOT_FOUND, NOT_POSSIBLE, TIMED_OUT, USAGE, Stop

if TYPE_CHECKING:
    import httpx2

CODES: Final = {401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: NOT_FOUND, 409: NOT_POSSIBLE, 410: NOT_FOUND, 504: TIMED_OUT}
AWAY: Final = (429, 502, 503)
ANSWER: Final = 30.0
CONNECT: Final = 5.0


class Refused(Stop):
    """Raised for an answer that is a problem (RFC 9457); carries its status and values."""

    def __init__(self, status: int, values: dict[str, Any]) -> None:
        usage = USAGE if 400 <= status < 500 else FAILED
        super().__init__(CODES.get(status, usage), in_words(status, values))
        self.status = status
        self.values = values


class Api:
    """One board over HTTP; the token may be part of the address, as `callboard up` prints it."""

    def __init__(self, url: str, token: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Stop(USAGE, f"--url expects an address such as http://127.0.0.1:8300, got {url!r}")
        self.base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/v1')}"
        self.token = token or next(iter(parse_qs(parts.fragment or parts.query).get("token", ())), None)
        self._threads = threading.local()

    @property
    def http(self) -> httpx2.Client:
        """The connections of this thread."""
        found: httpx2.Client | None = getattr(self._threads, "client", None)
        if found is None:
            import httpx2

            head = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            found = httpx2.Client(base_url=self.base, headers=head, timeout=httpx2.Timeout(ANSWER, connect=CONNECT))
            self._threads.client = found
        return found

    def get(self, path: str, **params: Any) -> Any:
        """What a GET answers. Raises Refused, ConnectionLost."""
        return self.send("GET", path, params={name: value for name, value in params.items() if value is not None})[1]

    def send(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """Status and JSON of an answer; a POST may be repeated. Raises Refused, ConnectionLost."""
        import httpx2

        head = {"Idempotency-Key": new_id()} if method == "POST" else {}
        try:
            answer = self.http.request(method, f"/api/v1{path}", headers=head, **more)
        except httpx2.TransportError as error:
            raise ConnectionLost(f"{self.base} cannot be reached: {error}") from None
        require(answer.status_code, answer)
        return answer.status_code, answer.json() if answer.content else None


def require(status: int, answer: httpx2.Response) -> None:
    """Go on where an answer is what was asked for. Raises Refused, ConnectionLost."""
    if status < 400:
        return
    try:
        values = answer.json()
    except ValueError:
        values = {}
    values = values if isinstance(values, dict) else {}
    if status in AWAY:
        raise ConnectionLost(in_words(status, values))
    raise Refused(status, values)


def in_words(status: int, values: dict[str, Any]) -> str:
    """A problem in one line: what is wrong, in which fields, what helps."""
    detail = str(values.get("detail") or f"the answer was HTTP {status}, which is not from a board")
    errors = [f"{error.get('field')}: {error.get('message')}" for error in values.get("errors") or ()]
    told = [line for line in errors if line.partition(": ")[2] not in detail]
    hint = values.get("hint")
    return detail + (f" ({'; '.join(told)})" if told else "") + (f"; {hint}" if hint else "")
