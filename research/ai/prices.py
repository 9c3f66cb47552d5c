"""What models cost: the list that genai-prices ships and, before it, a file of our own; no network is asked."""

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from research.ai.errors import BadPrices

MILLION = 1_000_000
ISO_DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")


@dataclass(frozen=True)
class Cost:
    """US dollars for the tokens of one call, whose price that is, and from when."""

    usd: Decimal
    source: str
    as_of: date

    @property
    def words(self) -> str:
        """Source and date in one: `genai-prices 0.2.3 of 2026-11-04`."""
        return f"{self.source} of {self.as_of}"


def cost(provider: str, model: str, tokens_in: int, tokens_out: int, own: Path | None = None) -> Cost | None:
    """What so many tokens of a model cost; None, never 0, where nobody knows. The local provider costs nothing.

    `own` is the file named by CALLBOARD_AI_PRICES, whose prices win. Raises BadPrices.
    """
    if provider == "local":
        return Cost(Decimal(0), "this machine", datetime.now(UTC).date())
    if own is not None and (price := own_prices(own).get((provider, model))):
        source, as_of, usd_in, usd_out = price
        return Cost((tokens_in * usd_in + tokens_out * usd_out) / MILLION, source, as_of)
    return listed_cost(provider, model, tokens_in, tokens_out)


def listed_cost(provider: str, model: str, tokens_in: int, tokens_out: int) -> Cost | None:
    """The cost by the list that genai-prices ships."""
    from genai_prices import Usage, __version__, calc_price

    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out)
    try:
        total = calc_price(usage, model_ref=model, provider_id=provider).total_price
    except LookupError:
        return None
    return Cost(total, f"genai-prices {__version__}", list_date())


@cache
def list_date() -> date:
    """The newest day of the past on which a price of the shipped list was checked, by its own notes."""
    from genai_prices.data_snapshot import get_snapshot

    today = datetime.now(UTC).date().isoformat()
    notes = [model.price_comments or "" for provider in get_snapshot().providers for model in provider.models]
    days = {day for note in notes for day in ISO_DATE.findall(note) if day <= today}
    return date.fromisoformat(max(days))


def own_prices(path: Path) -> dict[tuple[str, str], tuple[str, date, Decimal, Decimal]]:
    """Source, date and US dollars for a million tokens in and out, by provider and model. Raises BadPrices."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadPrices(f"the prices of CALLBOARD_AI_PRICES cannot be read: {error}") from None
    source, as_of = table.pop("source", None), table.pop("date", None)
    if not isinstance(source, str) or type(as_of) is not date:
        raise BadPrices(f"{path.name} needs a source and a date, such as date = 2026-11-01; got {source!r}, {as_of!r}")
    listed = [(provider, *entry) for provider, models in table.items() for entry in entries(provider, models)]
    return {
        (provider, model): (source, as_of, dollars(price, "input", model), dollars(price, "output", model))
        for provider, model, price in listed
    }


def entries(provider: str, models: Any) -> list[tuple[str, Any]]:
    """The models of a provider with their prices. Raises BadPrices."""
    if not isinstance(models, dict):
        raise BadPrices(f"a table of models was expected for provider {provider!r}, got {models!r:.80}")
    return list(models.items())


def dollars(price: Any, way: str, model: str) -> Decimal:
    """US dollars for a million tokens. Raises BadPrices unless that is a number of at least 0."""
    value = price.get(way) if isinstance(price, dict) else None
    number = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else Decimal("nan")
    if not number.is_finite() or not 0 <= number < MILLION:
        raise BadPrices(f"{way} of model {model!r} must be US dollars for a million tokens, got {value!r}")
    return number
