"""The providers by name."""

import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callboard.jobs.errors import Permanent
from research.ai.analysis import Provider

if TYPE_CHECKING:
    from research.ai.local.section import Find

NAMES = ("local", "openai", "anthropic")
# How the models of a provider are named, for calls that name a model alone.
FAMILIES = {
    "anthropic": re.compile(r"claude\b"),
    "openai": re.compile(r"(gpt|chatgpt|o\d|davinci|babbage)\b"),
    "local": re.compile(r"extractive\b"),
}


@dataclass(frozen=True)
class Access:
    """The keys and addresses an operator has set; a base URL of None is the provider's own."""

    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    anthropic_api_key: str | None = field(default=None, repr=False)
    anthropic_base_url: str | None = None
    prices: Path | None = None


def provider(
    name: str,
    access: Access | None = None,
    model: str | None = None,
    timeout: float = 120.0,
    find: "Find | None" = None,
) -> Provider:
    """The provider of that name, ready to read and write; Permanent says which key or package is missing.

    `find` searches the library, from whose passages the local provider writes.
    """
    access = access or Access()
    chosen: dict[str, Any] = {"prices": access.prices, "timeout": timeout} | ({"model": model} if model else {})
    if name == "local":
        from research.ai.local.provider import LocalProvider

        return LocalProvider(find)
    if name == "openai":
        from research.ai.openai_provider import OpenAiProvider

        # A server of one's own that speaks the protocol often wants no key, but the SDK does.
        key = access.openai_api_key or ("none" if access.openai_base_url else "")
        return OpenAiProvider(required(name, key), access.openai_base_url, **chosen)
    if name == "anthropic":
        from research.ai.anthropic_provider import AnthropicProvider

        key = access.anthropic_api_key or ""
        return AnthropicProvider(required(name, key), access.anthropic_base_url, **chosen)
    raise Permanent(f"provider {name!r} is unknown; known are {', '.join(NAMES)}")


def required(name: str, key: str) -> str:
    """The key, once it and the SDK are there."""
    if find_spec(name) is None:
        raise Permanent(f"provider {name} needs a package that is not installed here: pip install 'callboard[ai]'")
    if not key:
        raise Permanent(f"provider {name} needs a key: set {name.upper()}_API_KEY, or use the provider `local`")
    return key


def usable(access: Access) -> list[str]:
    """The names of the providers that could be asked now."""
    ready = {"local": True, "openai": bool(access.openai_api_key or access.openai_base_url)}
    ready["anthropic"] = bool(access.anthropic_api_key)
    return [name for name in NAMES if ready[name] and (name == "local" or find_spec(name) is not None)]


def provider_of(model: str) -> str | None:
    """The provider whose models are named like this one, None where that cannot be told."""
    return next((name for name, family in FAMILIES.items() if family.match(model)), None)
