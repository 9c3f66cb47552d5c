"""The report of an experiment as one HTML file with its plots inside; nothing in it is loaded from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING

from research.experiments.document import Document

if TYPE_CHECKING:
    from jinja2 import Environment


def to_html(document: Document) -> bytes:
    """The page; every text from the file is escaped, and plots are pictures, in which no script runs."""
    page = environment().get_template("report.html").render(document=document)
    return page.encode("utf-8", "replace")


@cache
def environment() -> Environment:
    """Jinja with all texts escaped; a value that is missing is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("research.experiments", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["data_url"] = data_url
    return made


def data_url(svg: bytes) -> str:
    """A drawing as the address of a picture."""
    return f"data:image/svg+xml;base64,{b64encode(svg).decode('ascii')}"
