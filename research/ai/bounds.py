"""The most that a call can cost, known before it is made."""

from decimal import Decimal
from pathlib import Path

from research.ai.analysis import Provider
from research.ai.errors import UnknownPrice
from research.ai.prices import cost
from research.ai.prompt import Question


def most_usd(provider: Provider, question: Question, own: Path | None = None) -> Decimal | None:
    """US dollars for a question of that size and the longest answer it may have; None where nobody knows the price."""
    found = cost(provider.name, provider.model, question.most_tokens_in, question.most_tokens, own)
    return found.usd if found else None


def require_price(provider: Provider, own: Path | None = None) -> None:
    """Raise UnknownPrice unless the price of the provider's model is known."""
    if cost(provider.name, provider.model, 1, 1, own) is None:
        raise UnknownPrice(
            f"no price is known for model {provider.model!r} of provider {provider.name}, so that no cost limit can be "
            "kept: choose a model that is listed, or state its price in the file of CALLBOARD_AI_PRICES"
        )
