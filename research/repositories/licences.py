"""Which licence a text is, by the phrases that only it has; named as SPDX names it."""

from __future__ import annotations

import re
from typing import Final

# Looked through in order, the narrower first; all phrases of a row must be there (texts from spdx.org/licenses).
PHRASES: Final = (
    ("AGPL-3.0", ("gnu affero general public license", "version 3")),
    ("LGPL-3.0", ("gnu lesser general public license", "version 3")),
    ("LGPL-2.1", ("gnu lesser general public license", "version 2.1")),
    ("GPL-3.0", ("gnu general public license", "version 3")),
    ("GPL-2.0", ("gnu general public license", "version 2")),
    ("Apache-2.0", ("apache license", "version 2.0")),
    ("MPL-2.0", ("mozilla public license", "2.0")),
    ("EPL-2.0", ("eclipse public license", "v 2.0")),
    ("BSL-1.0", ("boost software license",)),
    ("CC0-1.0", ("cc0 1.0 universal",)),
    ("CC-BY-4.0", ("attribution 4.0 international",)),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms", "neither the name")),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms",)),
    ("ISC", ("permission to use, copy, modify, and/or distribute this software for any purpose",)),
    ("MIT", ("permission is hereby granted, free of charge, to any person obtaining a copy", '"as is"')),
)
TAG: Final = re.compile(r"SPDX-License-Identifier:\s*([\w.+-]{1,60})")
READ: Final = 30_000


def licence_of(text: str) -> str | None:
    """The SPDX name of the licence that a text is, None for one that is not known."""
    if tag := TAG.search(text[:READ]):
        return tag[1]
    plain = " ".join(text[:READ].lower().replace("“", '"').replace("”", '"').split())
    return next((name for name, phrases in PHRASES if all(phrase in plain for phrase in phrases)), None)
