"""What the bodies work with, made from the settings of this process when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from callboard.jobs.settings import Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from callboard.history.database import Engine
    from research.ai.analysis import Provider
    from research.ai.providers import Access
    from research.exports.shelf import Shelf
    from research.files import FileStore, StoredFile
    from research.mail.sending import Transport
    from research.outbound.client import Guard
    from research.search import Hit
    from research.webhooks.delivery import Sender


@cache
def settings() -> Settings:
    """The settings of this process."""
    return load_settings()


@cache
def database() -> Engine:
    """The platform's database. Raises SchemaError when its tables are not the ones this code was written for."""
    from callboard.history.database import connect
    from callboard.history.schema import HISTORY
    from research.schema import RESEARCH

    engine = connect(settings().sql_url)
    HISTORY.require_current(engine)
    RESEARCH.require_current(engine)
    return engine


@cache
def files() -> FileStore:
    """The store of uploaded and produced files."""
    from research.files import FileStore

    return FileStore(settings().files_folder)


def transport(permit: Callable[[], None] | None = None) -> Transport:
    """Where mail goes: the SMTP server of the settings, or a folder of .eml files when none is set.

    `permit` is called the moment before the server is given a mail.
    """
    from research.mail.outbox import Folder
    from research.mail.smtp import Smtp

    chosen = settings()
    if chosen.smtp_host is None:
        return Folder(chosen.mail_folder)
    secure, user, password = chosen.smtp_secure, chosen.smtp_user, chosen.smtp_pass
    return Smtp(chosen.smtp_host, chosen.smtp_port, secure, user, password, permit=permit)


def temporary_folder() -> Path:
    """Where bodies put folders that they remove themselves; what a killed one leaves, `clean_temp_data` removes."""
    folder = settings().home / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def exports() -> Shelf:
    """Where finished exports are noted and kept."""
    from research.exports.shelf import Shelf

    return Shelf(database(), files(), temporary_folder())


def open_link(token: str) -> StoredFile:
    """The stored file that a signed link leads to. Raises LinkForged, LinkExpired, UnknownFile."""
    from research.exports import links

    return links.open_link(token, secret=links.link_secret(settings().home), files=files())


def guard() -> Guard:
    """What calls to addresses of users may reach."""
    from research.outbound.addresses import allowed
    from research.outbound.client import Guard

    return Guard(allowed(settings().outbound_allow or ()))


def webhook_sender() -> Sender:
    """With what deliveries are sent."""
    from callboard.jobs.masking import masker
    from research.webhooks.delivery import Sender

    return Sender(database(), guard(), masker(settings()))


def access() -> Access:
    """Keys and addresses of the AI providers."""
    from research.ai.providers import Access

    chosen = settings()
    openai = chosen.openai_api_key, chosen.openai_base_url
    return Access(*openai, chosen.anthropic_api_key, chosen.anthropic_base_url, chosen.ai_prices)


def ai_providers() -> list[str]:
    """The AI providers to ask where a call names none: those of the settings, all with a key, or the local one."""
    from research.ai.providers import usable

    named = settings().ai_providers or [name for name in usable(access()) if name != "local"]
    return list(dict.fromkeys(named)) or ["local"]


def ai_provider(name: str, model: str | None = None) -> Provider:
    """A provider with its key, its model and, for the local one, the library it writes from. Raises Permanent."""
    from research.ai.providers import provider

    return provider(name, access(), model or model_of(name), find=find_passages)


def find_passages(question: str) -> list[Hit]:
    """The passages of the stored papers that answer a question, the best one of each first."""
    from callboard.history.database import reading
    from research.ai.local.library import passages

    with reading(database()) as session:
        return passages(session, question)


def model_of(provider: str) -> str | None:
    """The model to ask of a provider, None for the one that has no choice."""
    chosen = settings()
    return {"openai": chosen.openai_model, "anthropic": chosen.anthropic_model}.get(provider)


def embedding_model() -> str | None:
    """The embedding model that the settings name, None for the best one installed."""
    return {"hashed": "hashed-1024", "minilm": "minilm-l6-int8"}.get(settings().embeddings)
