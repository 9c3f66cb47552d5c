"""Expressions of Prometheus over our metrics.

Several web processes tell the same of the fleet, so what differs between them is taken away by `max` before any sum;
what a process tells of itself is added up.
"""

from __future__ import annotations

from typing import Final

ONE_OF_MANY: Final = "max without (instance, pod, job)"
WINDOW: Final = "$__rate_interval"


def pick(name: str, filters: str = "", where: str = "") -> str:
    """A metric of the chosen environment, and of what is chosen of `filters`: queue, type."""
    chosen = [f'{label}=~"${label}"' for label in ("environment", *filters.split())]
    return f"callboard_{name}{{{', '.join([*chosen, *([where] if where else [])])}}}"


def now(name: str, filters: str = "", where: str = "") -> str:
    """A gauge of the fleet."""
    return f"{ONE_OF_MANY} ({pick(name, filters, where)})"


def rate(name: str, filters: str = "", where: str = "", window: str = WINDOW) -> str:
    """A counter of the fleet, a second."""
    return f"{ONE_OF_MANY} (rate({pick(name, filters, where)}[{window}]))"


def increase(name: str, filters: str, where: str, window: str) -> str:
    """By how much a counter of the fleet has risen."""
    return f"{ONE_OF_MANY} (increase({pick(name, filters, where)}[{window}]))"


def total(expression: str, *by: str) -> str:
    """A sum, by labels if any are named."""
    return f"sum by ({', '.join(by)}) ({expression})" if by else f"sum ({expression})"


def quantile(share: float, name: str, filters: str, *by: str) -> str:
    """A quantile of a histogram of the fleet."""
    return f"histogram_quantile({share}, {total(rate(f'{name}_bucket', filters), *by, 'le')})"


def quantile_of_processes(share: float, name: str, *by: str) -> str:
    """A quantile of a histogram that each process keeps for itself."""
    return f"histogram_quantile({share}, sum by ({', '.join([*by, 'le'])}) (rate({pick(f'{name}_bucket')}[{WINDOW}])))"


def of_processes(name: str, where: str = "", *by: str) -> str:
    """A counter that each process keeps for itself, a second, over all processes."""
    return total(f"rate({pick(name, '', where)}[{WINDOW}])", *by)


def ratio(part: str, whole: str) -> str:
    """A share; nothing where there is no whole."""
    return f"{part} / ({whole} > 0)"
