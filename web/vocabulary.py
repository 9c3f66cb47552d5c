"""In which words states are told: ours, or those that the client asks for by `?vocab=rq` or `Accept-Vocabulary: s4`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, has_request_context, request
from marshmallow import fields

from callboard.facade.job_words import STATUS_OF
from callboard.jobs.states import BLOCKED, STATES, WAITING
from web.problems import Problem

# Bull's clients know no `blocked`: what waits for another job waits.
BULL: Final = {state: state for state in STATES} | {BLOCKED: WAITING}
S4: Final = {state: str(status) for state, status in STATUS_OF.items()}
VOCABULARIES: Final = {"bull": BULL, "rq": S4, "s4": S4}
OURS: Final[Mapping[str, str]] = {}
NATIVE: Final = "/api/v1/"


def vocabulary(usual: Mapping[str, str] = OURS) -> Mapping[str, str]:
    """The words that the client asks for, else the usual ones. Raises Problem for a vocabulary that there is not."""
    if not has_request_context():  # an answer that is still sent when its request is over
        return usual
    asked = request.args.get("vocab") or request.headers.get("Accept-Vocabulary")
    words = VOCABULARIES.get(asked.strip().lower()) if asked else usual
    if words is None:
        told = f"vocab: one of {', '.join(VOCABULARIES)} was expected, got {str(asked)[:40]!r}"
        raise Problem(422, "invalid", told, errors=[{"field": "vocab", "message": told}])
    return words


def state_word(state: str) -> str:
    """A state in the words that the client asks for."""
    return vocabulary().get(state, state)


class StateWord(fields.String):
    """The state of a job in an answer."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str | None:
        told: str | None = super()._serialize(value, attr, obj, **more)
        return None if told is None else state_word(told)


def speak(app: Flask) -> None:
    """Have the native API answer in the words asked for; one that there is not is refused before anything is done."""
    app.before_request(_known)
    app.after_request(_varied)


def _known() -> None:
    if request.path.startswith(NATIVE):
        vocabulary()


def _varied(response: Response) -> Response:
    if request.path.startswith(NATIVE):
        response.vary.add("Accept-Vocabulary")
    return response
