"""The same call from elsewhere: as curl, as the command, in Python."""

from __future__ import annotations

import json
import shlex
from typing import Any, Final

OPTIONS: Final = (("priority", "--priority"), ("unique_key", "--key"), ("fairness_key", "--fairness"))


def ways(type: str, args: dict[str, Any], options: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """Names and texts; options are those of a new job: priority, unique_key, fairness_key, tags."""
    kept = {name: value for name, value in (options or {}).items() if value not in (None, "", [], "normal")}
    return [
        ("curl", curl(type, args, kept)),
        ("Command", command(type, args, kept)),
        ("Python", python(type, args, kept)),
    ]


def curl(type: str, args: dict[str, Any], options: dict[str, Any]) -> str:
    """A request to the API."""
    body = as_json({"type": type, "args": args} | options)
    head = 'curl -X POST "$CALLBOARD_URL/api/v1/jobs" -H "Authorization: Bearer $CALLBOARD_TOKEN"'
    return f"{head} \\\n  -H 'Content-Type: application/json' -d {shlex.quote(body)}"


def command(type: str, args: dict[str, Any], options: dict[str, Any]) -> str:
    """A call of the command."""
    words = [
        f"{name}={value if is_plain(value) else json.dumps(value, ensure_ascii=False)}" for name, value in args.items()
    ]
    words += [word for name, flag in OPTIONS if name in options for word in (flag, str(options[name]))]
    words += [word for tag in options.get("tags", ()) for word in ("--tag", tag)]
    return " ".join(["callboard enqueue", *(shlex.quote(word) for word in (type, *words))])


def is_plain(value: Any) -> bool:
    """Whether a text is read by the command as the text that it is."""
    try:
        json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return isinstance(value, str)
    return False


def python(type: str, args: dict[str, Any], options: dict[str, Any]) -> str:
    """A call of the facade."""
    given = ", ".join(f"{name}={value!r}" for name, value in args.items() if name.isidentifier())
    if not options:
        return f"{type}.send({given})"
    wishes = ", ".join(f"{name}={value!r}" for name, value in options.items())
    return f"{type}.send_with_options(kwargs={args!r}, {wishes})"


def as_json(value: Any) -> str:
    """JSON on one line."""
    return json.dumps(value, ensure_ascii=False)
