"""The provider for OpenAI and for every server that speaks its chat protocol."""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callboard.jobs.errors import Permanent
from research.ai.analysis import Analysis, Document, Usage
from research.ai.costs import cost_usd
from research.ai.prompt import SYSTEM, question, read_answer
from research.ai.refusals import steering_error

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

MODEL = "gpt-5-mini"
ANSWER_TOKENS = 8_000


@dataclass(frozen=True)
class OpenAiProvider:
    """One request for one analysis; retries belong to the job."""

    api_key: str = field(repr=False)
    base_url: str | None = None
    model: str = MODEL
    timeout: float = 120.0
    name: str = "openai"

    def analyze(self, document: Document) -> Analysis:
        """Ask the model about the document; raises RateLimited, Transient or Permanent."""
        import openai

        started = time.perf_counter()
        client = openai.OpenAI(api_key=self.api_key, base_url=self.base_url, timeout=self.timeout, max_retries=0)
        try:
            with client:
                reply = client.chat.completions.create(
                    model=self.model,
                    messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": question(document)}],
                    response_format={"type": "json_object"},
                    max_completion_tokens=ANSWER_TOKENS,
                )
        except (openai.OpenAIError, ValueError) as error:
            raise steering_error(self.name, error, self.api_key) from None
        return self.read(reply, time.perf_counter() - started)

    def read(self, reply: "ChatCompletion", seconds: float) -> Analysis:
        """The analysis in a reply."""
        choice = reply.choices[0]
        if choice.finish_reason == "length":
            raise Permanent(f"{self.name}: {self.model} did not end its answer within {ANSWER_TOKENS} tokens")
        answer = read_answer(choice.message.content or "")
        tokens_in, tokens_out = (reply.usage.prompt_tokens, reply.usage.completion_tokens) if reply.usage else (0, 0)
        cost = cost_usd(self.name, reply.model, tokens_in, tokens_out) if reply.usage else None
        usage = Usage(reply.model, tokens_in, tokens_out, cost, seconds)
        return Analysis(self.name, answer.summary, answer.key_phrases, answer.findings, usage)
