"""The third dashboard: Redis, recorder, scheduler, live stream, HTTP, deliveries, versions."""

from __future__ import annotations

from typing import Final

from cli.grafana.dashboard import Dashboard
from cli.grafana.panels import Panel
from cli.grafana.queries import (
    now,
    of_processes,
    pick,
    quantile_of_processes,
    rate,
    total,
)

STORES: Final = (
    Panel(
        "Redis",
        "1 while it answers.",
        {"up": f"min ({now('redis_up')})"},
        "/settings",
        kind="stat",
        width=4,
        height=5,
        steps=(None, 1),
        little_is_bad=True,
    ),
    Panel(
        "SQL",
        "1 while it answers.",
        {"up": f"min ({now('sql_up')})"},
        "/settings",
        kind="stat",
        width=4,
        height=5,
        steps=(None, 1),
        little_is_bad=True,
    ),
    Panel(
        "Keeps every key",
        "1 while Redis does not delete keys when its memory is full.",
        {"noeviction": f"min ({now('redis_noeviction')})"},
        "/settings",
        kind="stat",
        width=4,
        height=5,
        steps=(None, 1),
        little_is_bad=True,
    ),
    Panel(
        "Scheduler",
        "1 while one does what only one may do.",
        {"leader": f"max ({now('scheduler_is_leader')})"},
        "/schedules",
        kind="stat",
        width=4,
        height=5,
        steps=(None, 1),
        little_is_bad=True,
    ),
    Panel(
        "Worker heartbeat",
        "How long ago the most silent worker renewed its lease.",
        {"age": f"max ({now('worker_heartbeat_age_max_seconds')})"},
        "/workers",
        unit="s",
        kind="stat",
        width=4,
        height=5,
        steps=(10, 20),
    ),
    Panel(
        "Flows",
        "Flows that run now.",
        {"flows": total(now("flows_active"))},
        "/flows",
        kind="stat",
        width=4,
        height=5,
    ),
    Panel(
        "Round trip",
        "Time of one command to Redis.",
        {f"p{round(share * 100)}": quantile_of_processes(share, "redis_roundtrip_seconds") for share in (0.5, 0.99)},
        "/settings",
        unit="s",
    ),
    Panel(
        "Memory", "Memory that Redis uses.", {"used": f"max ({now('redis_memory_bytes')})"}, "/settings", unit="bytes"
    ),
)
EVENTS: Final = (
    Panel(
        "Event stream",
        "Events that Redis holds, and those of them that are not recorded.",
        {"held": f"max ({now('event_stream_length')})", "not recorded": f"max ({now('recorder_lag_events')})"},
        "/events",
    ),
    Panel(
        "Recorder lag",
        "Age of the oldest event that is not recorded.",
        {"lag": f"max ({now('recorder_lag_seconds')})"},
        "/events",
        unit="s",
    ),
    Panel(
        "Schedules: missed",
        "Times that passed without a job, within an hour.",
        {"{{schedule}}": f"max by (schedule) (increase({pick('schedule_missed_total')}[1h]))"},
        "/schedules",
    ),
    Panel(
        "Schedules: next",
        "Time until each is due; below zero it is overdue.",
        {"{{schedule}}": f"max by (schedule) ({now('schedule_next_run_timestamp_seconds')}) - time()"},
        "/schedules",
        unit="s",
        kind="bargauge",
        options={"orientation": "horizontal", "displayMode": "basic"},
    ),
    Panel(
        "Flows that ended",
        "Flows a second.",
        {"{{pipeline}} {{outcome}}": total(rate("flows_finished_total"), "pipeline", "outcome")},
        "/flows",
        unit="ops",
    ),
    Panel(
        "Deliveries and notifications",
        "Webhooks that were sent and notifications that were decided on, a second.",
        {
            "webhook {{outcome}}": total(rate("webhook_deliveries_total"), "outcome"),
            "notification {{outcome}}": total(rate("notifications_total"), "outcome"),
        },
        "/alerts",
        unit="ops",
    ),
)
WEB: Final = (
    Panel(
        "Live clients",
        "Those who listen, by how.",
        {"{{transport}}": total(pick("live_clients"), "transport")},
        "/events",
        stacked=True,
    ),
    Panel(
        "Live: event to client",
        "From an event to its being sent.",
        {f"p{round(share * 100)}": quantile_of_processes(share, "live_delivery_seconds") for share in (0.5, 0.99)},
        "/events",
        unit="s",
    ),
    Panel(
        "Live: begun anew",
        "Clients that had to fetch anew, and readers that began anew, a second.",
        {"resyncs": of_processes("live_resyncs_total"), "reader": of_processes("live_reader_restarts_total")},
        "/events",
        unit="ops",
    ),
    Panel(
        "Requests",
        "Requests a second, by status.",
        {"{{code}}": of_processes("http_requests_total", "", "code")},
        "/audit",
        unit="reqps",
        stacked=True,
    ),
    Panel(
        "Requests that failed",
        "Answers of 500 and above, a second.",
        {"{{route}}": of_processes("http_requests_total", 'code=~"5.."', "route")},
        "/audit",
        unit="reqps",
    ),
    Panel(
        "Requests, p95 by route",
        "How long answers take.",
        {"{{route}}": quantile_of_processes(0.95, "http_request_duration_seconds", "route")},
        "/audit",
        unit="s",
    ),
    Panel(
        "Versions",
        "What runs, and in how many processes.",
        {"{{version}}": total(pick("build_info"), "version", "revision", "python", "dramatiq")},
        "/workers",
        kind="table",
        width=24,
        height=6,
    ),
)
MACHINERY: Final = Dashboard(
    "callboard-machinery",
    "Callboard / Machinery",
    "Redis, recorder, scheduler, live stream, HTTP, deliveries, versions.",
    (("Stores", STORES), ("Events, schedules, flows", EVENTS), ("Web", WEB)),
)
