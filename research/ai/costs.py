"""What an analysis cost, by the price list that genai-prices ships; nothing is asked over the network."""


def cost_usd(provider: str, model: str, tokens_in: int, tokens_out: int) -> float | None:
    """US dollars for so many tokens; None, never 0, where the model's price is not known."""
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out)
    try:
        return float(calc_price(usage, model_ref=model, provider_id=provider).total_price)
    except LookupError:
        return None
