"""The second dashboard: one queue, or one type, and how it does; repeated for each queue that is chosen."""

from __future__ import annotations

from typing import Final

from cli.grafana.dashboard import Dashboard
from cli.grafana.panels import Panel
from cli.grafana.queries import now, quantile, rate, ratio, total

LINE: Final = "queue type"
ENDED: Final = total(rate("finished_total", LINE))
BACKLOG: Final = total(now("queue_jobs", "queue", 'state="waiting"'))
ACTIVE: Final = total(now("queue_jobs", "queue", 'state="active"'), "queue")

FLOW: Final = (
    Panel(
        "Enqueued and finished",
        "Jobs a second that come and that go.",
        {"enqueued": total(rate("enqueued_total", LINE)), "finished": ENDED},
        "/queues/${queue}",
        unit="ops",
    ),
    Panel(
        "Backlog",
        "Jobs by state now.",
        {"{{state}}": total(now("queue_jobs", "queue"), "state")},
        "/jobs?q=queue:${queue}",
        stacked=True,
    ),
    Panel(
        "Time to empty",
        "How long what waits takes at the present rate.",
        {"time to empty": ratio(BACKLOG, ENDED)},
        "/queues/${queue}",
        unit="s",
    ),
    Panel(
        "Attempts by outcome",
        "Attempts that ended a second.",
        {"{{outcome}}": total(rate("attempts_finished_total", LINE), "outcome")},
        "/jobs?q=queue:${queue}",
        unit="ops",
        stacked=True,
    ),
)
TIMES: Final = (
    Panel(
        "Run",
        "How many attempts ran how long.",
        {"{{le}}": total(rate("run_duration_seconds_bucket", LINE), "le")},
        "/metrics/charts",
        unit="s",
        kind="heatmap",
    ),
    Panel(
        "Wait",
        "How many jobs waited how long for their start.",
        {"{{le}}": total(rate("wait_duration_seconds_bucket", "queue"), "le")},
        "/metrics/charts",
        unit="s",
        kind="heatmap",
    ),
    Panel(
        "Total, from enqueued to finished",
        "With all delays and attempts.",
        {f"p{round(share * 100)}": quantile(share, "total_duration_seconds", "queue") for share in (0.5, 0.95, 0.99)},
        "/metrics/charts",
        unit="s",
    ),
    Panel(
        "Started",
        "Attempts that start a second.",
        {"{{type}}": total(rate("started_total", LINE), "type")},
        "/queues/${queue}",
        unit="ops",
    ),
)
LIMITS: Final = (
    Panel(
        "Error classes",
        "Attempts that failed, a second.",
        {"{{error_class}}": total(rate("attempt_errors_total", "type"), "error_class")},
        "/errors",
        unit="ops",
    ),
    Panel(
        "Held back",
        "Times a second that a limit holds a job back, and jobs a second taken from lost workers.",
        {"throttled": total(rate("throttled_total", "queue")), "rescued": total(rate("rescued_total", "queue"))},
        "/queues/${queue}",
        unit="ops",
    ),
    Panel(
        "Concurrency in use",
        "Active jobs, of those that the limit of the queue allows; 1 for a moment of being held by it.",
        {
            "{{queue}}": f"{ACTIVE} / {total(now('queue_concurrency_limit', 'queue'), 'queue')}",
            "{{queue}} held": f"max by (queue) ({now('queue_throttled', 'queue')})",
        },
        "/queues/${queue}",
        unit="percentunit",
    ),
    Panel(
        "Paused",
        "1 while somebody has paused the queue.",
        {"{{queue}}": f"max by (queue) ({now('queue_paused', 'queue')})"},
        "/queues/${queue}",
    ),
)
WEIGHT: Final = (
    Panel(
        "Payload, p95",
        "Size of the arguments.",
        {"{{type}}": quantile(0.95, "payload_bytes", "type", "type")},
        "/jobs?q=queue:${queue}",
        unit="bytes",
        width=8,
    ),
    Panel(
        "Cost",
        "US dollars an hour for AI providers.",
        {"{{type}} {{provider}}": f"3600 * {total(rate('cost_usd_total', 'type'), 'type', 'provider')}"},
        "/metrics/charts",
        unit="currencyUSD",
        width=8,
        stacked=True,
    ),
    Panel(
        "Tokens",
        "Tokens a second.",
        {"{{provider}} {{direction}}": total(rate("provider_tokens_total", "type"), "provider", "direction")},
        "/metrics/charts",
        width=8,
        stacked=True,
    ),
)
QUEUE: Final = Dashboard(
    "callboard-queue",
    "Callboard / Queue and type",
    "One queue or type: rates, backlog, how long, what fails, limits, size and cost.",
    (
        ("$queue: rates", FLOW),
        ("$queue: times", TIMES),
        ("$queue: failures and limits", LIMITS),
        ("$queue: size and cost", WEIGHT),
    ),
    repeat="queue",
)
