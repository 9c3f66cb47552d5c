"""The provider for Anthropic's messages protocol."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from research.ai.analysis import Analysis, Document, Heard, Reply, Section, unheard
from research.ai.prompt import Question, read_analysis, reading, writing
from research.ai.refusals import steering_error
from research.ai.streamed import Streamed
from research.ai.trust import trusted

if TYPE_CHECKING:
    from anthropic.types import RawMessageStreamEvent

MODEL = "claude-haiku-4-5"
ANSWER_TOKENS = 4_000


@dataclass(frozen=True)
class AnthropicProvider:
    """One streamed request for one answer; retries belong to the job."""

    api_key: str = field(repr=False)
    base_url: str | None = None
    model: str = MODEL
    timeout: float = 120.0
    prices: Path | None = None
    name: str = "anthropic"

    def analyze(self, document: Document, heard: Heard = unheard) -> Analysis:
        """Ask the model about the document; raises RateLimited, Transient or Permanent."""
        return read_analysis(self.name, self.ask(reading(document, ANSWER_TOKENS), heard))

    def write(self, section: Section, heard: Heard = unheard) -> Reply:
        """Have the model write the section; raises RateLimited, Transient or Permanent."""
        return self.ask(writing(section), heard)

    def ask(self, question: Question, heard: Heard) -> Reply:
        """The answer to a question, told piece by piece."""
        import anthropic
        import httpx2

        streamed = Streamed(self.name, self.model, heard, self.prices, time.perf_counter())
        client = anthropic.Anthropic(
            api_key=self.api_key,
            base_url=self.base_url,
            timeout=self.timeout,
            max_retries=0,
            http_client=anthropic.DefaultHttpxClient(verify=trusted()),
        )
        try:
            with (
                client,
                client.messages.create(
                    model=self.model,
                    max_tokens=question.most_tokens,
                    system=question.system,
                    messages=[{"role": "user", "content": question.text}],
                    stream=True,
                ) as events,
            ):
                self.follow(events, streamed)
        except (anthropic.AnthropicError, httpx2.HTTPError, ValueError) as error:
            raise steering_error(self.name, error, self.api_key) from None
        return streamed.reply(complete=("end_turn", "stop_sequence"))

    def follow(self, events: Iterable["RawMessageStreamEvent"], streamed: Streamed) -> None:
        """Hear the events of a message; tokens out are counted up to the last one."""
        for event in events:
            if event.type == "message_start":
                usage = event.message.usage
                streamed.served, streamed.tokens = event.message.model, (usage.input_tokens, usage.output_tokens)
            elif event.type == "content_block_delta" and event.delta.type == "text_delta":
                streamed.hear(event.delta.text)
            elif event.type == "message_delta":
                tokens_in = streamed.tokens[0] if streamed.tokens else 0
                streamed.tokens = tokens_in, event.usage.output_tokens
                streamed.ending = event.delta.stop_reason
