"""Results that are larger than a job may return: in full in a file, in short in the result."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from research.files import FileStore

# A job may return 256 KiB; the rest of the result needs room too.
MOST_BYTES: Final = 200_000
SHOWN_CHARACTERS: Final = 20_000


def fitted(store: FileStore, result: Mapping[str, Any], large: Sequence[str], name: str) -> dict[str, Any]:
    """The result as it is; where it is too large, its large parts go to a file, whose reference is `file`."""
    if len(json.dumps(result, ensure_ascii=False).encode()) <= MOST_BYTES:
        return dict(result)
    whole = json.dumps({part: result[part] for part in large}, ensure_ascii=False, indent=1).encode()
    short = {part: shortened(result[part]) for part in large}
    return {**result, **short, "file": store.put(whole, name).reference}


def shortened(value: Any) -> Any:
    """The beginning of a text; of anything else nothing."""
    if isinstance(value, str):
        return f"{value[:SHOWN_CHARACTERS]}\n\n[… the rest is in the file …]\n"
    return {}
