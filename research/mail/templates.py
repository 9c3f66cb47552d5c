"""Mails from templates: HTML and text from the same data, in Jinja's sandbox."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from callboard.jobs.errors import Permanent

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

# Each template is three files: NAME.subject.txt, NAME.txt and NAME.html. Only these names may be asked for.
NAMES = (
    *("paper_processed", "error_notification", "welcome", "experiment_complete", "paper_batch"),
    *("job_completed", "failures", "conditions", "export_ready", "report"),
)
LONGEST_CHARACTERS = 1_000_000
SECONDS = 1.0


@dataclass(frozen=True)
class Rendered:
    """The three texts of a mail."""

    subject: str
    text: str
    html: str


class TemplateRefused(Permanent):
    """Raised when a template is unknown or does not fit the data; the job fails at once."""


def render(name: str, data: Mapping[str, Any]) -> Rendered:
    """Subject, text and HTML of a template filled with data; raises TemplateRefused, saying which value is missing."""
    if name not in NAMES:
        raise TemplateRefused(f"mail template {name!r} is unknown; known are {', '.join(NAMES)}")
    subject = " ".join(filled(f"{name}.subject.txt", data).split())
    return Rendered(subject, filled(f"{name}.txt", data), filled(f"{name}.html", data))


def filled(file: str, data: Mapping[str, Any]) -> str:
    """One file of a template with its values put in; raises TemplateRefused."""
    from jinja2 import TemplateError

    try:
        return "".join(bounded(file, environment().get_template(file).generate(**data)))
    except (TemplateError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise TemplateRefused(f"mail template {file} does not fit its data: {error}") from None


def bounded(file: str, parts: Iterable[str]) -> Iterator[str]:
    """The parts of a text as long as they stay within its limits of length and time."""
    length, deadline = 0, time.monotonic() + SECONDS
    for part in parts:
        length += len(part)
        if length > LONGEST_CHARACTERS or time.monotonic() > deadline:
            raise TemplateRefused(
                f"mail template {file} may give {LONGEST_CHARACTERS:,} characters within {SECONDS:g} s, this was more"
            )
        yield part


@lru_cache(maxsize=1)
def environment() -> "SandboxedEnvironment":
    """Jinja with its sandbox; HTML is escaped, a value that is missing is an error."""
    from jinja2 import PackageLoader, StrictUndefined, select_autoescape
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(
        loader=PackageLoader("research.mail", "templates"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["amount"] = amount
    return made


def amount(entry: Mapping[str, Any]) -> str:
    """A quantity of a report as it is printed: `≈ 13.1 mW/cm²`."""
    from research.quantity_tables import value_cell

    return value_cell(dict(entry))
