"""The live stream over WebSocket: subscribe by message, with our envelopes or under the old names."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Final

from flask import Blueprint, Response, g, request

from callboard.jobs.encoding import encode
from web import strict_json
from web.guard import refuse_other_origins
from web.identity import by_text, find_caller
from web.live.connection import GOING_AWAY, NOT_ALLOWED, TRY_LATER, Closed, Connection
from web.live.frames import Frame, Order, place
from web.live.listener import Listener
from web.live.live import Live, live
from web.live.peer import Peer, peer_of
from web.live.s2 import s2_message
from web.live.sse import HEARTBEAT, LONGEST
from web.live.topics import HOME, BadTopic, topics
from web.problems import Problem

blueprint = Blueprint("websocket", __name__)
TOKEN_WITHIN: Final = 5.0
KINDS: Final = {"queues": "queue", "jobs": "job", "flows": "flow", "filters": "filter"}
WORDS: Final = ("subscribe", "topics", "after", "token")


class Over(Response):
    """The answer when the socket has been used for something else: none."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Leave the connection alone."""
        if "gunicorn.socket" in environ:
            raise StopIteration
        return super().__call__(environ, start_response)


@blueprint.get("/ws", websocket=True)
@blueprint.get("/api/jobs/ws", websocket=True)
def open_socket() -> Response:
    """Make the request a WebSocket, and answer when it is over. Raises Problem before that."""
    peer = peer_of(request.environ)
    if peer is None:
        raise Problem(501, "no_socket", "this server does not hand out its connections; use gunicorn with threads")
    caller = find_caller(g.tries)
    refuse_other_origins(caller)
    asked, after = _asked()
    try:
        connection = Connection(peer.socket, request.environ)
    except Closed as error:
        raise Problem(400, "bad_handshake", str(error)) from None
    try:
        Conversation(live(), connection, peer, known=caller is not None).hold(asked, after)
    except Closed:
        pass
    finally:
        connection.release()
        peer.cut()
    return Over()


def _asked() -> tuple[frozenset[str], Order | None]:
    """What the address asks for: ?topics= and ?after=. Raises Problem."""
    try:
        after = request.args.get("after")
        return topics(request.args.get("topics", "").split(",")), place(after) if after else None
    except ValueError as error:
        raise Problem(422, "invalid", str(error)) from None


class Conversation:
    """One client over its socket: its messages in, the frames of its topics out."""

    def __init__(self, here: Live, connection: Connection, peer: Peer, *, known: bool) -> None:
        self._live = here
        self._connection = connection
        self._peer = peer
        self._known = known
        self._old_names = request.args.get("names") == "s2"
        self._listener: Listener

    def hold(self, asked: frozenset[str], after: Order | None) -> None:
        """Go on until one of both leaves. Raises Closed."""
        try:
            self._listener = self._live.open(ring=self._connection.ring)
        except Problem as error:
            self._connection.close(TRY_LATER, error.detail)
        self._listener.peer = self._peer
        try:
            self._ask_for_token()
            if asked:
                self._begin(asked, after)
            self._go_on()
        finally:
            self._live.close(self._listener)

    def _begin(self, asked: frozenset[str], after: Order | None) -> None:
        try:
            self._watch(asked, after)
        except Problem as error:
            self._connection.close(NOT_ALLOWED, error.detail)

    def _ask_for_token(self) -> None:
        until = time.monotonic() + TOKEN_WITHIN
        while not self._known:
            if time.monotonic() > until:
                self._connection.close(NOT_ALLOWED, "send a token first")
            for text in self._connection.messages(until - time.monotonic()):
                self._hear(text)

    def _go_on(self) -> None:
        ends_at, ping_at = time.monotonic() + LONGEST, time.monotonic() + HEARTBEAT
        while not self._listener.over:
            now = time.monotonic()
            if now > ends_at:
                self._connection.close(GOING_AWAY, "come back with `after`")
            if now > ping_at:
                self._check_alive(now)
                ping_at = now + HEARTBEAT
            self._send_due()
            due = self._listener.pause() if self._listener.waiting else HEARTBEAT
            for text in self._connection.messages(min(due, ping_at - now)):
                self._hear(text)

    def _check_alive(self, now: float) -> None:
        if now - self._connection.heard_at > 2 * HEARTBEAT:
            raise Closed("the client says nothing")
        self._connection.ping()

    def _send_due(self) -> None:
        if self._listener.waiting and self._listener.pause() <= 0:
            self._listener.sending_since = time.monotonic()
            for frame in self._listener.take():
                self._send(frame)
            self._listener.sending_since = None

    def _send(self, frame: Frame) -> None:
        if not self._old_names:
            self._connection.send(frame.body)
        elif (message := s2_message(frame)) is not None:
            self._connection.send(encode(message, "message"))

    def _hear(self, text: str) -> None:
        """Do what a message asks; what it cannot mean is said back, and the connection goes on."""
        try:
            self._obey(_message(text))
        except (ValueError, strict_json.BadJson) as error:
            self._say("error", {"message": str(error)})
        except Problem as error:
            self._connection.close(NOT_ALLOWED, error.detail)

    def _obey(self, message: dict[str, Any]) -> None:
        if "token" in message and not self._known:
            by_text(str(message["token"]), g.tries)
            self._known = True
        if not self._known:
            raise Problem(401, "not_authenticated", "send a token first")
        if "subscribe" in message or "topics" in message:
            after = message.get("after")
            self._watch(_wanted(message), place(str(after)) if after else None)

    def _watch(self, chosen: frozenset[str], after: Order | None) -> None:
        newest = self._live.watch(self._listener, chosen, after)
        self._say("subscribed", {"topics": sorted(chosen)}, id=newest)

    def _say(self, type: str, data: dict[str, Any], **more: str) -> None:
        kind = "event" if self._old_names else "type"
        self._connection.send(encode({kind: type, **more, "data": data}, "message"))


def _message(text: str) -> dict[str, Any]:
    """What a client says. Raises ValueError."""
    message = strict_json.loads(text.encode())
    if not isinstance(message, dict) or not message.keys() <= set(WORDS):
        raise ValueError(f"a message is an object with {', '.join(WORDS)}")
    return message


def _wanted(message: dict[str, Any]) -> frozenset[str]:
    """The topics of a subscription; all that happens where it names none. Raises BadTopic."""
    wanted = message.get("subscribe", {})
    words = list(_texts(message.get("topics", []), "topics"))
    if not isinstance(wanted, dict) or not wanted.keys() <= {*KINDS, HOME}:
        raise BadTopic(f"subscribe takes {', '.join(KINDS)} and {HOME}")
    for name, kind in KINDS.items():
        words += [f"{kind}:{one}" for one in _texts(wanted.get(name, []), name)]
    return topics([*words, HOME] if wanted.get(HOME) or not words else words)


def _texts(values: Any, name: str) -> Iterable[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadTopic(f"{name} must be a list of texts")
    return values
