"""The page of the metrics in docs/, made from their table: `python -m web.metrics.page > docs/metrics.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from web.metrics.closed import QUEUES_MOST, TYPES_MOST
from web.metrics.process import ROUTES_MOST
from web.metrics.table import FLEET, METRICS, PROCESS, Metric

HEAD: Final = f"""# Metrics

`GET /metrics` of a web process tells Prometheus of the whole fleet, so workers need no port of their own. Made from the
code by `make docs`.

Prometheus needs no more than `deploy/prometheus/prometheus.yml`, whose label `environment` names the board:

```yaml
scrape_configs:
  - job_name: callboard
    authorization:
      credentials_file: callboard.token   # callboard token create prometheus --role viewer
    static_configs:
      - targets: ["127.0.0.1:8300"]
        labels:
          environment: lab
```

It asks for a token of the role viewer, as everything does. `CALLBOARD_METRICS_OPEN=true` lets scrapes from the same
machine in without one: not those that a proxy hands on. Text and OpenMetrics are both spoken.

**What is counted is true.** Counters and histograms of jobs, flows, deliveries, tokens and cost lie in SQL. They are
added to in the transaction that records what happened, each event once, so they agree with the rows of the history
after a kill of any process, and no restart sets them back. They are as fresh as the recorder, see
`callboard_recorder_lag_seconds`. They begin at the migration that made them, outlive the retention of the history, and
go back only with a backup of SQL that is put back. What Redis and SQL hold now is read at the scrape; while one of them
is away the rest is told, with `callboard_redis_up` or `callboard_sql_up` at 0 (a token cannot be looked up without
SQL, so only a scrape that needs none sees the latter).

**Labels come from closed sets.** A `type` or `queue` that no job type of the web process declares is `other`, as are
types beyond {TYPES_MOST} and queues beyond {QUEUES_MOST}; import types of your own with `CALLBOARD_MODULES`. Of kinds
of requests (method, route, code) the first {ROUTES_MOST} have their own labels. At 10 queues and 50 types a scrape has
fewer than 2,000 series.

**Several web processes** tell the same of the fleet. Scrape one of them, or take `max` over `instance` before any sum,
as our rules and dashboards do. What a process tells of itself (the second table) is added up instead.

`METRICS_DRAMATIQ_NAMES=true` adds the seven names of Dramatiq's own middleware, for dashboards that were made for them.

Rules, each with a [runbook](runbooks/README.md), lie in `deploy/prometheus/`, three dashboards in `deploy/grafana/`;
`callboard grafana` writes both with the addresses of your site put in, or puts the dashboards into a Grafana.
"""


def page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([HEAD, *_tables()]) + "\n"


def _tables() -> Iterator[str]:
    for of, title in ((FLEET, "The fleet"), (PROCESS, "The process that answers")):
        yield f"## {title}\n"
        yield "| metric | kind | labels | tells |"
        yield "| --- | --- | --- | --- |"
        yield from (_row(metric) for metric in METRICS if metric.of == of)
        yield ""
    yield "## Buckets\n"
    yield "Each has `+Inf` besides. Few, because each is a series for every type or queue.\n"
    yield "| histogram | upper bounds |"
    yield "| --- | --- |"
    for metric in METRICS:
        if metric.buckets:
            yield f"| `{metric.name}` | {', '.join(f'{bound:g}' for bound in metric.buckets)} |"


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "–"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.about} |"


if __name__ == "__main__":
    sys.stdout.write(page())
