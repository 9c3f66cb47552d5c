"""The first dashboard: is all well, and if not, where."""

from __future__ import annotations

from typing import Final

from cli.grafana.dashboard import Dashboard
from cli.grafana.panels import Panel
from cli.grafana.queries import increase, now, quantile, rate, ratio, total

LINE: Final = "queue type"
FAILED: Final = 'outcome="failed"'
ENDED: Final = 'outcome=~"completed|failed"'
LATELY: Final = ratio(
    total(rate("finished_total", LINE, FAILED, "15m")), total(rate("finished_total", LINE, ENDED, "15m"))
)
BY_TYPE: Final = ratio(
    total(rate("finished_total", LINE, FAILED), "type"), total(rate("finished_total", LINE, ENDED), "type")
)
PAUSED: Final = f"{now('queue_paused', 'queue')} == 1"
AT_WORK: Final = now("queue_jobs", "queue", 'state=~"waiting|active"')
WORKERS: Final = now("workers", "queue")
IDLE: Final = now("worker_slots", "queue", 'state="idle"')
TOP: Final = total(increase("finished_total", LINE, FAILED, "$__range"), "queue", "type")

ATTENTION: Final = (
    Panel(
        "Failing",
        "Share of the jobs that ended in the last quarter of an hour and failed.",
        {"failed": LATELY},
        "/errors",
        unit="percentunit",
        kind="stat",
        width=4,
        height=4,
        steps=(0.05, 0.2),
    ),
    Panel(
        "Oldest waiting",
        "How long the oldest of the jobs that are next has been ready to run, over all queues that are not paused.",
        {"oldest": f"max ({now('queue_oldest_waiting_age_seconds', 'queue')} unless ({PAUSED}))"},
        "/jobs?q=state:waiting",
        unit="s",
        kind="stat",
        width=4,
        height=4,
        steps=(300, 900),
    ),
    Panel(
        "Workers",
        "Worker processes of the queue that has the fewest, among those in which jobs wait.",
        {"workers": f"min ({WORKERS} and on (queue) ({AT_WORK} > 0)) or max ({WORKERS})"},
        "/workers",
        kind="stat",
        width=4,
        height=4,
        steps=(None, 1),
        little_is_bad=True,
    ),
    Panel(
        "Stuck",
        "Active jobs whose lease, time limit or progress is overdue.",
        {"stuck": total(now("stuck_jobs", "queue"))},
        "/jobs?q=state:active",
        kind="stat",
        width=4,
        height=4,
        steps=(None, 1),
    ),
    Panel(
        "Redis",
        "1 while Redis answers.",
        {"up": f"min ({now('redis_up')})"},
        "/settings",
        kind="stat",
        width=4,
        height=4,
        steps=(None, 1),
        little_is_bad=True,
    ),
    Panel(
        "Recorder lag",
        "Age of the oldest event that is not recorded.",
        {"lag": f"max ({now('recorder_lag_seconds')})"},
        "/events",
        unit="s",
        kind="stat",
        width=4,
        height=4,
        steps=(10, 60),
    ),
)
WORK: Final = (
    Panel(
        "Throughput by outcome",
        "Jobs that ended a second.",
        {"{{outcome}}": total(rate("finished_total", LINE), "outcome")},
        "/metrics/charts",
        unit="ops",
        stacked=True,
    ),
    Panel(
        "Failure ratio by type",
        "Share of the jobs of a type that failed.",
        {"{{type}}": BY_TYPE},
        "/errors",
        unit="percentunit",
    ),
    Panel(
        "Waiting by queue",
        "Jobs that are ready to run.",
        {"{{queue}}": total(now("queue_jobs", "queue", 'state="waiting"'), "queue")},
        "/queues",
        stacked=True,
    ),
    Panel(
        "Oldest waiting by queue",
        "How long the oldest of the next jobs has been ready to run.",
        {"{{queue}}": f"max by (queue) ({now('queue_oldest_waiting_age_seconds', 'queue')})"},
        "/queues",
        unit="s",
    ),
    Panel(
        "Wait",
        "From ready to started.",
        {f"p{round(share * 100)}": quantile(share, "wait_duration_seconds", "queue") for share in (0.5, 0.95, 0.99)},
        "/metrics/charts",
        unit="s",
    ),
    Panel(
        "Run, p95 by type",
        "How long attempts run.",
        {"{{type}}": quantile(0.95, "run_duration_seconds", LINE, "type")},
        "/metrics/charts",
        unit="s",
    ),
    Panel(
        "Slots",
        "Threads that run a job, and the most that are free in any one queue.",
        {
            "busy": total(now("worker_slots", "queue", 'state="busy"')),
            "idle": f"max ({IDLE})",
        },
        "/workers",
        stacked=True,
    ),
    Panel(
        "Attempts that come to nothing",
        "Attempts a second that are tried again, or whose worker was lost.",
        {"{{outcome}}": total(rate("attempts_finished_total", LINE, 'outcome=~"retry|lost|released"'), "outcome")},
        "/jobs?q=state:delayed",
        unit="ops",
    ),
)
FAILURES: Final = (
    Panel(
        "Top failing types",
        "Jobs that failed within the chosen time.",
        {"{{type}}": f"topk(10, {TOP} > 0)"},
        "/errors",
        kind="table",
        height=9,
    ),
    Panel(
        "Top error classes",
        "Attempts that failed, a second.",
        {"{{error_class}}": f"topk(7, {total(rate('attempt_errors_total', 'type'), 'error_class')})"},
        "/errors",
        unit="ops",
        height=9,
    ),
    Panel(
        "Scheduled: time since last success",
        "How long ago a job of each schedule completed.",
        {"{{schedule}}": f"time() - max by (schedule) ({now('schedule_last_success_timestamp_seconds')})"},
        "/schedules",
        unit="s",
        kind="bargauge",
        width=24,
        height=9,
        options={"orientation": "horizontal", "displayMode": "basic"},
    ),
)
OVERVIEW: Final = Dashboard(
    "callboard-overview",
    "Callboard / Overview",
    "Needs attention, throughput, waiting, failures, schedules.",
    (("Needs attention", ATTENTION), ("Work", WORK), ("Failures and schedules", FAILURES)),
)
