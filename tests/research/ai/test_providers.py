"""Providers elsewhere, asked over a real socket."""

import json
import threading
import time
from collections.abc import Callable
from email.utils import formatdate

import pytest

from callboard.jobs.errors import JobCancelled, Permanent, RateLimited, Transient
from research.ai.analysis import Document, Finding, Provider, Reply, Section, TextPage
from research.ai.errors import Unanswered, Unusable
from research.ai.prompt import MOST_CHARACTERS, question, shortened, writing
from research.ai.providers import Access, provider, provider_of, usable
from tests.research.ai.server import ANTHROPIC, OPENAI, AiServer, Answer

KEY = "sk-CANARY-1234567890"
PAPER = Document((TextPage(1, "We built a cell."), TextPage(2, "It gave 10 mW.")), title="A cell", language="en")
SECTION = Section("Machine Learning", "Best Practices", most_tokens=500)
ANALYSIS = {
    "summary": "A cell was built. It gave 10 mW.",
    "key_phrases": ["fuel cell", " power "],
    "findings": [{"text": "The cell gave 10 mW.", "page": 2}, "It was stable.", {"text": "  "}, 7],
}
ERROR = {"error": {"type": "x", "message": f"no, {KEY} is wrong"}}


@pytest.fixture(params=["openai", "anthropic"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def on(server: AiServer, name: str, timeout: float = 5) -> Provider:
    """A provider whose server is the test's own."""
    access = Access(KEY, f"{server.url}/v1", KEY, server.url)
    return provider(name, access, {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}[name], timeout)


@pytest.fixture
def asked(name: str, ai_server: AiServer) -> Provider:
    return on(ai_server, name)


# S1.16
def test_an_answer_becomes_an_analysis_with_what_it_took(name: str, asked: Provider, ai_server: AiServer) -> None:
    text = f"```json\n{json.dumps(ANALYSIS)}\n```"
    ai_server.answers = [Answer((text[:30], text[30:]))]
    analysis = asked.analyze(PAPER)
    assert analysis.provider == name
    assert analysis.summary == ANALYSIS["summary"]
    assert analysis.key_phrases == ("fuel cell", "power")
    assert analysis.findings == (Finding("The cell gave 10 mW.", 2), Finding("It was stable.", None))
    assert (analysis.usage.tokens_in, analysis.usage.tokens_out) == (1_000, 100)
    assert analysis.usage.cost_usd == pytest.approx({"openai": 0.00021, "anthropic": 0.0015}[name])
    assert str(analysis.usage.price_source).startswith("genai-prices ")
    assert analysis.usage.seconds > 0
    (sent,) = ai_server.asked
    assert sent["path"] == {"openai": OPENAI, "anthropic": ANTHROPIC}[name]
    assert "[page 2]" in str(sent["messages"])
    assert KEY not in str(sent["messages"])


# S5.5
def test_a_section_is_heard_while_it_is_written_and_counted_at_its_end(asked: Provider, ai_server: AiServer) -> None:
    heard: list[str] = []
    arrived = threading.Event()

    def hear(piece: str) -> None:
        heard.append(piece)
        if piece == "First. ":
            arrived.set()

    # The second piece is sent once the first was heard: nobody waits for the whole.
    ai_server.answers = [
        Answer(("First. ", "Second."), between=lambda number: arrived.wait(5) if number == 3 else None)
    ]
    reply = asked.write(SECTION, hear)
    assert reply.text == "First. Second."
    assert [piece for piece in heard if piece] == ["First. ", "Second."]
    assert (reply.usage.tokens_in, reply.usage.tokens_out) == (1_000, 100)
    (sent,) = ai_server.asked
    assert sent["stream"] is True
    assert sent.get("max_completion_tokens", sent.get("max_tokens")) == 500
    assert "Machine Learning" in str(sent["messages"])


def test_a_cancel_amid_an_answer_closes_the_stream(asked: Provider, ai_server: AiServer) -> None:
    over = threading.Event()

    def cancelled(piece: str) -> None:
        if piece == "a":
            raise JobCancelled("job 1 was cancelled")

    # Were the stream read on, it would end in the time limit of the call.
    ai_server.answers = [Answer(("a", "b"), between=lambda number: over.wait(20) if number == 3 else None)]
    with pytest.raises(JobCancelled):
        asked.write(SECTION, cancelled)
    over.set()


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
    asked: Provider, ai_server: AiServer, status: int, error: type[Exception]
) -> None:
    ai_server.answers = [Answer(status=status, body=ERROR)]
    with pytest.raises(error, match=r"is wrong") as caught:
        asked.write(SECTION)
    assert type(caught.value) is error
    assert KEY not in str(caught.value)
    assert len(ai_server.asked) == 1


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"retry-after-ms": "1500"}, 1.5, 1.5),
        ({}, 20, 20),
        ({"Retry-After": "soon"}, 20, 20),
        ({"Retry-After": "nan"}, 20, 20),
        ({"Retry-After": "-5"}, 1, 1),
    ],
)
def test_too_many_requests_says_when_to_come_back(
    name: str, asked: Provider, ai_server: AiServer, headers: dict[str, str], least: float, most: float
) -> None:
    ai_server.answers = [Answer(status=429, headers=headers, body={"error": {"message": "slow down"}})]
    with pytest.raises(RateLimited) as caught:
        asked.write(SECTION)
    assert least <= caught.value.after <= most
    assert caught.value.key == f"provider:{name}"
    assert len(ai_server.asked) == 1


def test_a_provider_may_name_the_time_at_which_to_come_back(asked: Provider, ai_server: AiServer) -> None:
    at = formatdate(time.time() + 600, usegmt=True)
    ai_server.answers = [Answer(status=429, headers={"Retry-After": at}, body={"error": {"message": "slow down"}})]
    with pytest.raises(RateLimited) as caught:
        asked.write(SECTION)
    assert 500 <= caught.value.after <= 600


def test_an_exhausted_quota_is_final(ai_server: AiServer) -> None:
    body = {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}
    ai_server.answers = [Answer(status=429, body=body)]
    with pytest.raises(Permanent, match="exceeded your current quota"):
        provider("openai", Access(KEY, f"{ai_server.url}/v1")).write(SECTION)


@pytest.mark.parametrize("text", ["", "{", '{"choices": "no"}', "I cannot answer in JSON.", '{"summary": ""}'])
def test_an_answer_that_is_not_the_object_asked_for_may_be_asked_again_and_was_paid(
    asked: Provider, ai_server: AiServer, text: str
) -> None:
    ai_server.answers = [Answer((text,))]
    with pytest.raises(Transient, match="a JSON object with a summary was expected") as caught:
        asked.analyze(PAPER)
    assert caught.value.usage.tokens_out == 100  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("ending", "words"), [("length", "cut off"), ("content_filter", "content filter|refused by the model")]
)
def test_an_answer_cut_off_or_withheld_is_final_and_was_paid(
    asked: Provider, ai_server: AiServer, ending: str, words: str
) -> None:
    ai_server.answers = [Answer(ending=ending)]
    with pytest.raises(Unusable, match=words) as caught:
        asked.write(SECTION)
    assert caught.value.usage is not None
    assert caught.value.usage.cost_usd


@pytest.mark.parametrize(
    "broken",
    [
        Answer(cut=2),
        Answer(ending=None),
        Answer(body='{"id": "1", "cho', headers={"Content-Type": "text/event-stream"}),
        Answer(body="data: {broken\n\n", headers={"Content-Type": "text/event-stream"}),
        Answer(
            body='event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}\n\n',
            headers={"Content-Type": "text/event-stream"},
        ),
    ],
    ids=["connection closed", "no ending", "no stream", "no JSON", "error amid the stream"],
)
def test_a_stream_that_breaks_off_may_be_asked_again_and_its_cost_is_unknown(
    asked: Provider, ai_server: AiServer, broken: Answer
) -> None:
    ai_server.answers = [broken]
    with pytest.raises(Unanswered):
        asked.write(SECTION)


def test_a_server_that_does_not_answer_in_time_is_asked_once(name: str, ai_server: AiServer) -> None:
    ended = threading.Event()
    ai_server.answers = [Answer(before=lambda: ended.wait(10))]
    with pytest.raises(Unanswered):
        on(ai_server, name, timeout=0.3).write(SECTION)
    ended.set()
    assert len(ai_server.asked) == 1


def test_a_server_that_is_not_there_may_be_asked_again_and_charges_nothing(name: str) -> None:
    access = Access(KEY, "http://127.0.0.1:9/v1", KEY, "http://127.0.0.1:9")
    with pytest.raises(Transient, match=name) as caught:
        provider(name, access, timeout=2).write(SECTION)
    assert type(caught.value) is Transient


def test_a_provider_without_a_key_says_which_one_to_set(name: str) -> None:
    with pytest.raises(Permanent, match=f"set {name.upper()}_API_KEY, or use the provider `local`"):
        provider(name)


def test_a_server_of_ones_own_needs_no_key() -> None:
    assert provider("openai", Access(openai_base_url="http://127.0.0.1:11434/v1")).name == "openai"
    assert usable(Access(openai_base_url="http://127.0.0.1:11434/v1")) == ["local", "openai"]


def test_a_server_that_counts_no_tokens_leaves_the_cost_unknown(ai_server: AiServer) -> None:
    ai_server.answers = [Answer(tokens=None)]
    reply: Reply = provider("openai", Access(KEY, f"{ai_server.url}/v1"), "gpt-4o-mini").write(SECTION)
    assert reply.usage.cost_usd is None


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ("gpt-4-turbo-preview", "openai"),
        ("o3-mini", "openai"),
        ("claude-haiku-4-5", "anthropic"),
        ("extractive-1", "local"),
        ("llama-3.3-70b", None),
        ("", None),
    ],
)
def test_a_model_tells_its_provider_by_its_name(model: str, named: str | None) -> None:
    assert provider_of(model) == named


def test_an_unknown_provider_is_refused_by_name() -> None:
    with pytest.raises(Permanent, match="provider 'gemini' is unknown; known are local, openai, anthropic"):
        provider("gemini")


def test_a_key_is_never_shown() -> None:
    assert KEY not in repr(Access(KEY, None, KEY))
    assert KEY not in repr(provider("openai", Access(KEY)))


def test_a_long_paper_keeps_its_beginning_and_its_end() -> None:
    short = shortened("a" * MOST_CHARACTERS + "b" * MOST_CHARACTERS)
    assert (short[0], short[-1]) == ("a", "b")
    assert len(short) < MOST_CHARACTERS + 100
    assert question(PAPER).startswith("Title: A cell\n<paper>\n[page 1]")


@pytest.mark.parametrize("count", [len, lambda text: len(text.split())])
def test_a_question_is_never_taken_for_shorter_than_it_is(count: Callable[[str], int]) -> None:
    asked = writing(Section("Zelle 電池", "Überblick"))
    assert asked.most_tokens_in >= count(asked.system) + count(asked.text) + 100
