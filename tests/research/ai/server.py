"""A server that speaks the streamed protocols of OpenAI and Anthropic on a loopback port, as a test says."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OPENAI, ANTHROPIC = "/v1/chat/completions", "/v1/messages"


@dataclass(frozen=True)
class Answer:
    """What the server says to one request: pieces of text with counts and ending, or an error with its headers."""

    pieces: tuple[str, ...] = ("It is ", "what it is.")
    tokens: tuple[int, int] | None = (1_000, 100)
    ending: str | None = "stop"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    # After so many pieces the connection is cut.
    cut: int | None = None
    before: Callable[[], object] | None = None
    # Called with the number of each event after the first, from 1, before it is sent.
    between: Callable[[int], object] | None = None


@dataclass
class AiServer:
    """What it was asked, in order, and what it answers: the next one of a list, or by a function of the request."""

    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    by: Callable[[dict[str, Any]], Answer] | None = None
    served: threading.Lock = field(default_factory=threading.Lock)

    def next(self, request: dict[str, Any]) -> Answer:
        """Take note of a request and choose its answer."""
        with self.served:
            self.asked.append(request)
            request["number"] = len(self.asked)
            if self.by is None:
                return self.answers.pop(0) if self.answers else Answer()
        return self.by(request)


@contextmanager
def serving() -> Iterator[AiServer]:
    """A server of its own, each request in a thread of its own."""
    httpd = Threads(("127.0.0.1", 0), Handler)
    server = AiServer(f"http://127.0.0.1:{httpd.server_port}")
    httpd.ai = server  # type: ignore[attr-defined]
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def key_of(headers: Any) -> str:
    """The key that came with a request, in the way of either protocol."""
    return str(headers["x-api-key"] or (headers["authorization"] or "").removeprefix("Bearer "))


class Threads(ThreadingHTTPServer):
    """A thread for each connection; one that its client closed is nothing to report."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer one request."""
        server: AiServer = self.server.ai  # type: ignore[attr-defined]
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = server.next({**request, "path": self.path, "key": key_of(self.headers)})
        if answer.before:
            answer.before()
        try:
            if answer.status == 200 and answer.body is None:
                self.stream(answer, events_of(self.path, request["model"], answer))
            else:
                self.whole(answer)
        except OSError:  # nobody listens any more
            self.close_connection = True

    def whole(self, answer: Answer) -> None:
        """Send one body."""
        body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def stream(self, answer: Answer, events: list[str]) -> None:
        """Send events in chunks, or only some of them."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, event in enumerate(events):
            if number == answer.cut:
                self.close_connection = True
                return
            if number and answer.between:
                answer.between(number)
            self.wfile.write(f"{len(event.encode()):x}\r\n{event}\r\n".encode())
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


def events_of(path: str, model: str, answer: Answer) -> list[str]:
    """The events of an answer in the protocol of the path."""
    return openai_events(model, answer) if path == OPENAI else anthropic_events(model, answer)


def openai_events(model: str, answer: Answer) -> list[str]:
    """Chunks of a chat completion; the usage comes after the last choice."""
    frame = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": model}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": p} for p in answer.pieces)]
    chunks = [frame | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if answer.ending:
        chunks.append(frame | {"choices": [{"index": 0, "delta": {}, "finish_reason": answer.ending}]})
    if answer.tokens:
        tokens_in, tokens_out = answer.tokens
        usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": sum(answer.tokens)}
        chunks.append(frame | {"choices": [], "usage": usage})
    return [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]


def anthropic_events(model: str, answer: Answer) -> list[str]:
    """The events of a message."""
    tokens_in, tokens_out = answer.tokens or (0, 0)
    ending = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}.get(answer.ending or "")
    message: dict[str, Any] = {
        "id": "1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": tokens_in, "output_tokens": 1},
    }
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": p}} for p in answer.pieces
    ]
    last = {"type": "message_delta", "delta": {"stop_reason": ending, "stop_sequence": None}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message}, block, *deltas]
    if ending:
        events.append({"type": "content_block_stop", "index": 0})
        events.append(last | {"usage": {"output_tokens": tokens_out}})
        events.append({"type": "message_stop"})
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
