"""A secret goes through a whole deployment: where it turns up afterwards, and where it may."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import redis

from callboard.history.database import connect, writing
from callboard.history.tokens import create_token
from callboard.jobs.clock import wall_ms
from callboard.jobs.settings import load_settings
from research.schema import upgrade
from tests.system.rig import ROOT, Rig
from tests.system.row import Row, Tally
from tests.waiting import wait_until

# One for each way in, so that a hit says where it came from.
ARG, ENV, URL, HEADER = (f"sk-CANARY-{way}-5up3rC0nf1d3nt1al" for way in ("arg", "env", "url", "header"))
ANY: Final = re.compile("sk-CANARY-([a-z]+)")
# What was given to be kept stays where the job, the webhook or the provider needs it; nothing else may have it.
DECLARED: Final = {
    "redis": re.compile(r"\bjob:[^:]+ (args|kwargs|meta|checkpoint)\Z"),
    "sql": re.compile(r"(background_jobs (args|kwargs|meta|checkpoint)|webhooks url)\Z"),
}
MODULES: Final = ("web", "scheduler", "callboard.history")
READ: Final = (
    "jobs",
    "jobs?q=state:failed",
    "jobs/{id}",
    "jobs/{id}/attempts",
    "jobs/{id}/logs",
    "jobs/{id}/progress",
    "jobs/{id}/events",
    "errors",
    "audit",
    "webhooks",
    "webhooks/{hook}",
    "webhooks/{hook}/deliveries",
    "types/leaky",
    "alerts",
    "attention",
    "stats/errors",
    "flows",
    "workers",
    "queues",
    "tokens",
    "schedules",
    "views",
)


class Receiver(http.server.BaseHTTPRequestHandler):
    """A receiver of webhooks that fails and says what it was called with."""

    def do_POST(self) -> None:
        """Answer with an error that has the secret in it."""
        body = f"no such key: {self.path}".encode()
        self.send_response(500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Deployment:
    """All processes over the server of a rig, each with a log of its own, and a client of the API."""

    def __init__(self, rig: Rig, port: int, url: str | None = None) -> None:
        self.rig, self.port = rig, port
        self.environ = rig.environment(
            url,
            PORT=str(port),
            CALLBOARD_MODULES="tests.system.secret_jobs",
            CALLBOARD_OUTBOUND_ALLOW="127.0.0.0/8",
            CALLBOARD_EMBEDDINGS="hashed",
            OPENAI_API_KEY=ENV,
            SMTP_USER="lab",
            SMTP_PASS=ENV,
            NOTIFY_ADMINS="lab@callboard.example",
            LOG_LEVEL="debug",
        )
        self.settings = load_settings(self.environ)
        upgrade(self.settings.sql_url)
        self.engine = connect(self.settings.sql_url)
        with writing(self.engine) as session:
            self.token = create_token(session, "row", "admin", wall_ms())[1]
        self.processes = [self._start("dramatiq", "actors", "tests.system.secret_jobs", "-p", "1", "-t", "2")]
        self.processes += [self._start(module) for module in MODULES]

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.rig.folder / f"{words[0]}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environ,
                cwd=ROOT,
                start_new_session=True,
            )

    def ask(self, path: str, body: Any = None, verb: str | None = None, token: str | None = None) -> tuple[int, str]:
        """Status and text of an answer."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            headers = {
                "Authorization": f"Bearer {token or self.token}",
                "Content-Type": "application/json",
                "X-Canary": HEADER,
            }
            data = None if body is None else json.dumps(body)
            connection.request(verb or ("GET" if body is None else "POST"), path, data, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def made(self, path: str, body: Any) -> dict[str, Any]:
        """What was made by a request. Raises AssertionError where it was refused."""
        status, text = self.ask(f"/api/v1/{path}", body)
        assert status < 300, (path, status, text)
        values: dict[str, Any] = json.loads(text)
        return values

    def ends(self, id: str, attempts: int) -> None:
        """Wait until a job has failed for good."""
        wait_until(
            lambda: (job := self.rig.store.get(id)).state == "failed" and job.fence >= attempts,
            seconds=60,
            what="the job has failed",
        )

    def close(self) -> None:
        """Stop all."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()
            process.wait()
        self.engine.dispose()


@contextlib.contextmanager
def deployment(rig: Rig, url: str | None = None) -> Iterator[tuple[Deployment, str]]:
    """All processes, over `url` if it is given, and the address of a receiver with a secret in it."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        with contextlib.closing(http.server.HTTPServer(("127.0.0.1", 0), Receiver).socket) as taken:
            port = taken.getsockname()[1]
        made = Deployment(rig, port, url)
        try:
            wait_until(lambda: _answers(made), seconds=180, what="the API answers")
            yield made, f"http://127.0.0.1:{receiver.server_port}/hook/{URL}?key={URL}"
        finally:
            made.close()
            receiver.shutdown()


def _answers(made: Deployment) -> bool:
    with contextlib.suppress(OSError):
        return made.ask("/readyz")[0] == 200
    return False


def secret_everywhere(rig: Rig, size: int) -> Tally:
    """Jobs with a secret run, fail, are retried, exported and backed up; then every place is searched for it."""
    tally = Tally(trials=size)
    with deployment(rig) as (made, address):
        hook = made.made("webhooks", {"url": address, "events": ["job:failed"], "types": ["leaky"]})["id"]
        stream = _listen(made)
        made.ask("/api/v1/me", token=HEADER)
        made.ask(f"/api/v1/jobs?q={ARG}")
        body = {"type": "leaky", "args": {"text": ARG, "api_key": ARG}, "meta": {"note": ARG}}
        ids = [made.made("jobs", body)["id"] for _ in range(size)]
        for id in ids:
            made.ends(id, 2)
            made.made(f"jobs/{id}/retry", {})
        for id in ids:
            made.ends(id, 3)
        made.ask("/api/v1/jobs", {"type": "leaky", "args": {"text": 5, "api_key": ARG}})
        _export(made, tally)
        wait_until(lambda: "attempts" in made.ask(f"/api/v1/webhooks/{hook}/deliveries")[1], what="a delivery")
        for path in READ:
            for id in ids[:1]:
                _search(tally, f"api {path}", made.ask("/api/v1/" + path.format(id=id, hook=hook))[1])
        _search(tally, "metrics", made.ask("/metrics")[1])
        stream.over.set()
        _search(tally, "stream", "".join(stream.lines))
        tally.expect(any("job:failed" in line for line in stream.lines), "the stream told nothing")
        _search_redis(rig, tally)
        _search_sql(made, tally)
    _search_files(rig.folder, tally)
    return tally


class Listening:
    """What the live stream said."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.over = threading.Event()


def _listen(made: Deployment) -> Listening:
    heard = Listening()

    def follow() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=120)
        connection.request("GET", "/api/v1/events?topics=home", headers={"Authorization": f"Bearer {made.token}"})
        with contextlib.suppress(OSError, http.client.HTTPException):
            for line in connection.getresponse():
                heard.lines.append(line.decode())
                if heard.over.is_set():
                    break

    threading.Thread(target=follow, daemon=True).start()
    return heard


def _export(made: Deployment, tally: Tally) -> None:
    """A list of jobs as a table; a backup has what was declared and is searched by its readers, not here."""
    for kind in ("text/csv", "application/x-ndjson"):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", made.port, timeout=30)) as connection:
            connection.request("GET", "/api/v1/jobs", headers={"Authorization": f"Bearer {made.token}", "Accept": kind})
            _search(tally, f"export {kind}", connection.getresponse().read().decode())


def _search(tally: Tally, place: str, text: str) -> None:
    ways = sorted(set(ANY.findall(text)))
    if ways:
        at = ANY.search(text)
        around = text[max(0, at.start() - 60) : at.end() + 10] if at else ""
        tally.expect(not ways, f"{place} has the secret of {', '.join(ways)}: {around!r}")


def _search_redis(rig: Rig, tally: Tally) -> None:
    """All values by key and field."""
    with redis.Redis.from_url(rig.server.url, decode_responses=True, encoding_errors="replace") as server:
        for key in server.scan_iter(count=1_000):
            for field, value in _values(server, key):
                if not DECLARED["redis"].search(f"{key} {field}"):
                    _search(tally, f"redis {key} {field}", f"{field} {value}")


def _values(server: Any, key: str) -> Iterator[tuple[str, str]]:
    kind = server.type(key)
    if kind == "hash":
        yield from server.hgetall(key).items()
    elif kind == "stream":
        yield from ((id, json.dumps(fields)) for id, fields in server.xrange(key))
    elif kind == "list":
        yield from ((str(n), value) for n, value in enumerate(server.lrange(key, 0, -1)))
    elif kind == "string":
        yield "", server.get(key)
    elif kind == "set":
        yield "", " ".join(server.smembers(key))
    else:
        yield "", " ".join(server.zrange(key, 0, -1))


def _search_sql(made: Deployment, tally: Tally) -> None:
    """All columns of all tables."""
    with made.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        tables = [name for (name,) in raw.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            cursor = raw.execute(f'select * from "{table}"')
            columns = [column[0] for column in cursor.description]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    if not DECLARED["sql"].search(f"{table} {column}"):
                        _search(tally, f"sql {table} {column}", str(value))


def _search_files(folder: Path, tally: Tally) -> None:
    """Logs and mails; the files of the stores were searched through them."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        if path.is_file() and inside[0] != "valkey" and not path.name.startswith("callboard.db"):
            _search(tally, f"file {'/'.join(inside)}", path.read_bytes().decode("utf-8", "replace"))


ROWS = (Row("X9", "a secret in arguments, errors, URLs, headers, settings", secret_everywhere, 1, 10),)
