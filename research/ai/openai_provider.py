"""The provider for OpenAI and for every server that speaks its chat protocol."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from research.ai.analysis import Analysis, Document, Heard, Reply, Section, unheard
from research.ai.prompt import Question, read_analysis, reading, writing
from research.ai.refusals import steering_error
from research.ai.streamed import Streamed
from research.ai.trust import trusted

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionChunk

MODEL = "gpt-5-mini"
ANSWER_TOKENS = 8_000


@dataclass(frozen=True)
class OpenAiProvider:
    """One streamed request for one answer; retries belong to the job."""

    api_key: str = field(repr=False)
    base_url: str | None = None
    model: str = MODEL
    timeout: float = 120.0
    prices: Path | None = None
    name: str = "openai"

    def analyze(self, document: Document, heard: Heard = unheard) -> Analysis:
        """Ask the model about the document; raises RateLimited, Transient or Permanent."""
        question = reading(document, ANSWER_TOKENS)
        return read_analysis(self.name, self.ask(question, heard, response_format={"type": "json_object"}))

    def write(self, section: Section, heard: Heard = unheard) -> Reply:
        """Have the model write the section; raises RateLimited, Transient or Permanent."""
        return self.ask(writing(section), heard)

    def ask(self, question: Question, heard: Heard, **more: Any) -> Reply:
        """The answer to a question, told piece by piece."""
        import httpx2
        import openai

        streamed = Streamed(self.name, self.model, heard, self.prices, time.perf_counter())
        client = openai.OpenAI(
            api_key=self.api_key,
            base_url=self.base_url,
            timeout=self.timeout,
            max_retries=0,
            http_client=openai.DefaultHttpxClient(verify=trusted()),
        )
        try:
            with (
                client,
                client.chat.completions.create(
                    model=self.model,
                    messages=[
                        {"role": "system", "content": question.system},
                        {"role": "user", "content": question.text},
                    ],
                    max_completion_tokens=question.most_tokens,
                    stream=True,
                    stream_options={"include_usage": True},
                    **more,
                ) as chunks,
            ):
                self.follow(chunks, streamed)
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            raise steering_error(self.name, error, self.api_key) from None
        return streamed.reply(complete=("stop",))

    def follow(self, chunks: Iterable["ChatCompletionChunk"], streamed: Streamed) -> None:
        """Hear the chunks of a completion; the usage comes in one of its own, after the last words."""
        for chunk in chunks:
            streamed.served = chunk.model or streamed.served
            if chunk.usage:
                streamed.tokens = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
            for choice in (chunk.choices or ())[:1]:
                streamed.ending = choice.finish_reason or streamed.ending
                if choice.delta.refusal:
                    streamed.refusal += choice.delta.refusal
                streamed.hear(choice.delta.content or "")
