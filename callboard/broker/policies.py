"""The policy of a message: from its actor and its options, whether declared our way or Dramatiq's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from dramatiq.actor import Actor
from dramatiq.message import Message

from callboard.jobs.call import Call
from callboard.jobs.policy import DEFAULT_RETRY, Policy, Retry, priority_number

# Options that become a part of the call and not of the message.
CALL_OPTIONS: Final = (
    "tags",
    "meta",
    "run_at",
    "unique_key",
    "fairness_key",
    "priority",
    "attempts",
    "timeout",
    "retry",
)
_FLOW_OPTIONS: Final = ("pipe_target", "group_completion_uuid", "group_completion_callbacks", "delay")
_known: dict[int, tuple[Actor[Any, Any], Policy]] = {}


def policy_of(actor: Actor[Any, Any]) -> Policy:
    """The policy of an actor: the one it was declared with, or what Dramatiq's options amount to."""
    known = _known.get(id(actor))
    if known and known[0] is actor:
        return known[1]
    policy: Policy = getattr(actor, "policy", None) or _stock_policy(actor)
    _known[id(actor)] = actor, policy
    return policy


def _stock_policy(actor: Actor[Any, Any]) -> Policy:
    """Dramatiq's max_retries, min_backoff, max_backoff and time_limit (ms) as a policy."""
    options = actor.options
    fallback: Retry = getattr(actor.broker, "default_retry", DEFAULT_RETRY)
    retries = options.get("max_retries")
    first = options.get("min_backoff", fallback.first * 1000) / 1000
    retry = Retry(
        attempts=fallback.attempts if retries is None else retries + 1,
        first=first,
        at_most=max(options.get("max_backoff", fallback.at_most * 1000) / 1000, first),
    )
    limit = options.get("time_limit")
    return Policy(retry=retry, timeout=limit / 1000 if limit else None)


def call_of(message: Message[Any], actor: Actor[Any, Any] | None, delay_ms: int | None = None) -> Call:
    """The call that a message asks for. Raises ValueError for an option that does not fit."""
    policy = policy_of(actor) if actor else Policy()
    delay = (delay_ms or 0) / 1000
    queue, kwargs = message.queue_name, message.kwargs
    ignores = bool(actor and actor.options.get("pipe_ignore"))
    if not message.options and not ignores:
        return Call(message.actor_name, queue, message.args, kwargs, policy, message.message_id, delay)
    unserved = [name for name in ("on_success", "on_failure") if name in message.options]
    if unserved:
        raise ValueError(f"{unserved[0]} of {message.actor_name} is not served here; make it a flow, see docs/flows.md")
    options = {key: value for key, value in message.options.items() if key not in _FLOW_OPTIONS}
    own: dict[str, Any] = {key: options.pop(key) for key in CALL_OPTIONS if key in options}
    takes = not options.pop("pipe_ignore", ignores)
    return Call(
        message.actor_name,
        queue,
        message.args,
        kwargs,
        _with_options(policy, own, options),
        message.message_id,
        delay,
        own.get("run_at"),
        tuple(own.get("tags", ())),
        own.get("meta", {}),
        options,
        takes,
    )


def _with_options(policy: Policy, own: dict[str, Any], stock: dict[str, Any]) -> Policy:
    """A policy changed by the options of one message."""
    changes: dict[str, Any] = {}
    if "priority" in own:
        changes["priority"] = priority_number(own["priority"])
    if "timeout" in own or "time_limit" in stock:
        changes["timeout"] = own["timeout"] if "timeout" in own else stock["time_limit"] / 1000
    retry: Retry = own.get("retry", policy.retry)
    attempts = own.get("attempts", stock["max_retries"] + 1 if "max_retries" in stock else retry.attempts)
    if attempts != policy.retry.attempts or retry is not policy.retry:
        changes["retry"] = replace(retry, attempts=attempts)
    for option, name in (("unique_key", "unique"), ("fairness_key", "fairness")):
        if option in own:
            changes[name] = own[option]
    return replace(policy, **changes) if changes else policy
