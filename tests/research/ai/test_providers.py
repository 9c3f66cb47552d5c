"""Providers elsewhere, asked over a real socket."""

import json
import threading
import time
from email.utils import formatdate

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from callboard.jobs.errors import Permanent, RateLimited, Transient
from research.ai.analysis import Document, Finding, Provider, TextPage
from research.ai.costs import cost_usd
from research.ai.prompt import MOST_CHARACTERS, question, shortened
from research.ai.providers import Access, provider, usable

KEY = "sk-CANARY-1234567890"
PAPER = Document((TextPage(1, "We built a cell."), TextPage(2, "It gave 10 mW.")), title="A cell", language="en")
ANSWER = {
    "summary": "A cell was built. It gave 10 mW.",
    "key_phrases": ["fuel cell", " power "],
    "findings": [{"text": "The cell gave 10 mW.", "page": 2}, "It was stable.", {"text": "  "}, 7],
}
PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}


def reply(name: str, text: str, ending: str | None = None) -> dict[str, object]:
    """What the provider's server answers, in its own form."""
    if name == "openai":
        choice = {"index": 0, "finish_reason": ending or "stop", "message": {"role": "assistant", "content": text}}
        usage = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
        return {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "gpt-4o-mini",
            "choices": [choice],
            "usage": usage,
        }
    return {
        "id": "1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": text}],
        "stop_reason": ending or "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1_000, "output_tokens": 100},
    }


@pytest.fixture(params=["openai", "anthropic"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def asked(name: str, httpserver: HTTPServer) -> Provider:
    """A provider whose server is the test's own."""
    access = Access(KEY, httpserver.url_for("/v1"), KEY, httpserver.url_for("").rstrip("/"))
    return provider(name, access, timeout=0.5)


def test_an_answer_becomes_an_analysis_with_what_it_took(name: str, asked: Provider, httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATHS[name], method="POST").respond_with_json(
        reply(name, f"```json\n{json.dumps(ANSWER)}\n```")
    )
    analysis = asked.analyze(PAPER)
    assert analysis.provider == name
    assert analysis.summary == ANSWER["summary"]
    assert analysis.key_phrases == ("fuel cell", "power")
    assert analysis.findings == (Finding("The cell gave 10 mW.", 2), Finding("It was stable.", None))
    assert (analysis.usage.tokens_in, analysis.usage.tokens_out) == (1_000, 100)
    assert analysis.usage.cost_usd == pytest.approx({"openai": 0.00021, "anthropic": 0.0015}[name])
    assert analysis.usage.seconds > 0
    sent = httpserver.log[0][0].get_data(as_text=True)
    assert "[page 2]" in sent
    assert KEY not in sent


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Permanent),
        (401, Permanent),
        (403, Permanent),
        (404, Permanent),
        (408, Transient),
        (500, Transient),
        (503, Transient),
        (529, Transient),
    ],
)
def test_a_refusal_is_final_or_passing_by_its_status(
    name: str, asked: Provider, httpserver: HTTPServer, status: int, error: type[Exception]
) -> None:
    refusal = {"error": {"type": "x", "message": f"no, {KEY} is wrong"}}
    httpserver.expect_request(PATHS[name]).respond_with_json(refusal, status=status)
    with pytest.raises(error, match=r"is wrong") as caught:
        asked.analyze(PAPER)
    assert type(caught.value) is error
    assert KEY not in str(caught.value)
    assert len(httpserver.log) == 1


def test_too_many_requests_may_say_the_time_to_come_back(name: str, asked: Provider, httpserver: HTTPServer) -> None:
    headers = {"Retry-After": formatdate(time.time() + 600, usegmt=True)}
    refusal = {"error": {"message": "slow down"}}
    httpserver.expect_request(PATHS[name]).respond_with_json(refusal, status=429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        asked.analyze(PAPER)
    assert 500 <= caught.value.after <= 600


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"retry-after-ms": "1500"}, 1.5, 1.5),
        ({}, 20, 20),
        ({"Retry-After": "soon"}, 20, 20),
        ({"Retry-After": "-5"}, 0, 0),
    ],
)
def test_too_many_requests_says_when_to_come_back(
    name: str, asked: Provider, httpserver: HTTPServer, headers: dict[str, str], least: float, most: float
) -> None:
    httpserver.expect_request(PATHS[name]).respond_with_json(
        {"error": {"message": "slow down"}}, status=429, headers=headers
    )
    with pytest.raises(RateLimited) as caught:
        asked.analyze(PAPER)
    assert least <= caught.value.after <= most
    assert caught.value.key == f"provider:{name}"
    assert len(httpserver.log) == 1


def test_an_exhausted_quota_is_final(httpserver: HTTPServer) -> None:
    body = {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}
    httpserver.expect_request(PATHS["openai"]).respond_with_json(body, status=429)
    with pytest.raises(Permanent, match="exceeded your current quota"):
        provider("openai", Access(KEY, httpserver.url_for("/v1"))).analyze(PAPER)


@pytest.mark.parametrize("body", ["", "{", '{"choices": "no"}', "I cannot answer in JSON.", '{"summary": ""}'])
def test_an_answer_that_is_not_the_object_asked_for_may_be_asked_again(
    name: str, asked: Provider, httpserver: HTTPServer, body: str
) -> None:
    httpserver.expect_request(PATHS[name]).respond_with_json(reply(name, body))
    with pytest.raises(Transient, match="a JSON object with a summary was expected"):
        asked.analyze(PAPER)


def test_an_answer_that_was_cut_off_is_final(name: str, asked: Provider, httpserver: HTTPServer) -> None:
    ending = {"openai": "length", "anthropic": "max_tokens"}[name]
    httpserver.expect_request(PATHS[name]).respond_with_json(reply(name, "{", ending))
    with pytest.raises(Permanent, match="did not"):
        asked.analyze(PAPER)


def test_broken_json_from_the_server_may_be_asked_again(name: str, asked: Provider, httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATHS[name]).respond_with_data('{"id": "1", "cho', content_type="application/json")
    with pytest.raises(Transient):
        asked.analyze(PAPER)


def test_a_server_that_does_not_answer_in_time_is_asked_once(
    name: str, asked: Provider, httpserver: HTTPServer
) -> None:
    calls, ended = [], threading.Event()

    def silent(request: Request) -> Response:
        calls.append(request.path)
        ended.wait(5)
        return Response("{}")

    httpserver.expect_request(PATHS[name]).respond_with_handler(silent)
    with pytest.raises(Transient):
        asked.analyze(PAPER)
    ended.set()
    assert calls == [PATHS[name]]


def test_a_server_that_is_not_there_may_be_asked_again(name: str) -> None:
    access = Access(KEY, "http://127.0.0.1:9/v1", KEY, "http://127.0.0.1:9")
    with pytest.raises(Transient, match=name):
        provider(name, access, timeout=2).analyze(PAPER)


def test_a_provider_without_a_key_says_which_one_to_set(name: str) -> None:
    with pytest.raises(Permanent, match=f"set {name.upper()}_API_KEY, or use the provider `local`"):
        provider(name)


def test_a_server_of_ones_own_needs_no_key() -> None:
    assert provider("openai", Access(openai_base_url="http://127.0.0.1:11434/v1")).name == "openai"
    assert usable(Access(openai_base_url="http://127.0.0.1:11434/v1")) == ["local", "openai"]


def test_an_unknown_provider_is_refused_by_name() -> None:
    with pytest.raises(Permanent, match="provider 'gemini' is unknown; known are local, openai, anthropic"):
        provider("gemini")


def test_a_key_is_never_shown() -> None:
    assert KEY not in repr(Access(KEY, None, KEY))
    assert KEY not in repr(provider("openai", Access(KEY)))


def test_the_cost_of_an_unknown_model_is_unknown_and_not_nothing() -> None:
    assert cost_usd("openai", "gpt-4o-mini", 1_000, 100) == pytest.approx(0.00021)
    assert cost_usd("openai", "llama-of-our-own", 1_000, 100) is None


def test_a_long_paper_keeps_its_beginning_and_its_end() -> None:
    short = shortened("a" * MOST_CHARACTERS + "b" * MOST_CHARACTERS)
    assert (short[0], short[-1]) == ("a", "b")
    assert len(short) < MOST_CHARACTERS + 100
    assert question(PAPER).startswith("Title: A cell\n<paper>\n[page 1]")
