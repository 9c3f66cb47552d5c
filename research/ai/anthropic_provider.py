"""The provider for Anthropic's messages protocol."""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callboard.jobs.errors import Permanent
from research.ai.analysis import Analysis, Document, Usage
from research.ai.costs import cost_usd
from research.ai.prompt import SYSTEM, question, read_answer
from research.ai.refusals import steering_error

if TYPE_CHECKING:
    from anthropic.types import Message

MODEL = "claude-haiku-4-5"
ANSWER_TOKENS = 4_000


@dataclass(frozen=True)
class AnthropicProvider:
    """One request for one analysis; retries belong to the job."""

    api_key: str = field(repr=False)
    base_url: str | None = None
    model: str = MODEL
    timeout: float = 120.0
    name: str = "anthropic"

    def analyze(self, document: Document) -> Analysis:
        """Ask the model about the document; raises RateLimited, Transient or Permanent."""
        import anthropic

        started = time.perf_counter()
        client = anthropic.Anthropic(api_key=self.api_key, base_url=self.base_url, timeout=self.timeout, max_retries=0)
        try:
            with client:
                reply = client.messages.create(
                    model=self.model,
                    max_tokens=ANSWER_TOKENS,
                    system=SYSTEM,
                    messages=[{"role": "user", "content": question(document)}],
                )
        except (anthropic.AnthropicError, ValueError) as error:
            raise steering_error(self.name, error, self.api_key) from None
        return self.read(reply, time.perf_counter() - started)

    def read(self, reply: "Message", seconds: float) -> Analysis:
        """The analysis in a reply."""
        if reply.stop_reason in ("max_tokens", "refusal"):
            raise Permanent(f"{self.name}: {self.model} did not answer in full: {reply.stop_reason}")
        answer = read_answer("".join(block.text for block in reply.content if block.type == "text"))
        tokens_in, tokens_out = reply.usage.input_tokens, reply.usage.output_tokens
        usage = Usage(
            reply.model, tokens_in, tokens_out, cost_usd(self.name, reply.model, tokens_in, tokens_out), seconds
        )
        return Analysis(self.name, answer.summary, answer.key_phrases, answer.findings, usage)
