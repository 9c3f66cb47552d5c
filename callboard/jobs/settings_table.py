"""The table of settings: each field is one variable of the environment, with kind, default and meaning."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from callboard.jobs.failpoints import Failpoint, failpoint_list
from callboard.jobs.variables import (
    HIDDEN,
    Variable,
    address,
    as_text,
    choice,
    duration,
    flag,
    folder,
    hosts,
    mailboxes,
    names,
    targets,
    text,
    variable,
    whole,
)

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NOTHING = timedelta(0)


@dataclass(frozen=True, repr=False)
class Settings:
    """The settings of one process; each field is one row of the table: section, variable, kind, default, meaning."""

    redis_url: str | None = variable(
        "Redis",
        "REDIS_URL",
        address("redis", "rediss", "unix"),
        "",
        "Redis or Valkey to use; wins over the single variables. With none set, Callboard starts its own.",
    )
    redis_host: str | None = variable("Redis", "REDIS_HOST", text(), "", "Host of Redis, when REDIS_URL is not set.")
    redis_port: int | None = variable("Redis", "REDIS_PORT", whole(1, 65535), "", "Port of Redis; 6379 if left out.")
    redis_username: str | None = variable("Redis", "REDIS_USERNAME", text(), "", "User of Redis, if it has users.")
    redis_password: str | None = variable("Redis", "REDIS_PASSWORD", text(), "", "Password of Redis.", secret=True)
    redis_db: int | None = variable(
        "Redis", "REDIS_DB", whole(0, 1023), "", "Number of the Redis database; 0 if left out."
    )
    redis_enabled: bool = variable(
        "Redis", "REDIS_ENABLED", flag(), "true", "False: ignore all other Redis settings and start our own server."
    )
    redis_sentinel: tuple[tuple[str, int], ...] | None = variable(
        "Redis", "REDIS_SENTINEL", hosts(26379), "", "Sentinels that know the current primary; used instead of a host."
    )
    redis_sentinel_master: str = variable(
        "Redis", "REDIS_SENTINEL_MASTER", text(), "mymaster", "Name under which the sentinels know the primary."
    )
    redis_sentinel_password: str | None = variable(
        "Redis", "REDIS_SENTINEL_PASSWORD", text(), "", "Password of the sentinels themselves.", secret=True
    )
    redis_timeout: timedelta = variable(
        "Redis",
        "REDIS_TIMEOUT",
        duration("s", SECOND / 10, 60 * SECOND),
        "5s",
        "How long to wait for an answer of Redis.",
    )
    prefix: str = variable(
        "Redis",
        "CALLBOARD_PREFIX",
        text(),
        "{callboard}",
        "What every key begins with; the braces keep one cluster slot.",
    )
    allow_unsafe_redis: bool = variable(
        "Redis",
        "CALLBOARD_ALLOW_UNSAFE_REDIS",
        flag(),
        "false",
        "Start although Redis may evict keys or keeps nothing on disk: jobs can then be lost.",
    )
    allow_open_redis: bool = variable(
        "Redis", "CALLBOARD_ALLOW_OPEN_REDIS", flag(), "false", "Start although a Redis elsewhere asks for no password."
    )

    home: Path = variable(
        "Storage", "CALLBOARD_HOME", folder(), ".callboard", "Folder for data that no server keeps for us."
    )
    database_url: str | None = variable(
        "Storage",
        "DATABASE_URL",
        address("sqlite", "postgresql", "postgres", "postgresql+psycopg"),
        "",
        "SQL database; a SQLite file in CALLBOARD_HOME if left out.",
    )

    history_age: timedelta = variable(
        "Storage", "CALLBOARD_HISTORY_AGE", duration("d", DAY, 36_500 * DAY), "90d", "How long SQL keeps finished jobs."
    )
    history_jobs: int | None = variable(
        "Storage", "CALLBOARD_HISTORY_JOBS", whole(1, 10**12), "", "Jobs that SQL keeps at most; any number if unset."
    )
    repositories: tuple[str, ...] | None = variable(
        "Storage",
        "CALLBOARD_REPOSITORIES",
        names(),
        "",
        "Folders, separated by commas, below which repo_analysis may read Git repositories; none when left out.",
    )

    worker_concurrency: int = variable(
        "Worker", "WORKER_CONCURRENCY", whole(1, 1000), "5", "Jobs that one worker process runs at the same time."
    )
    worker_processes: int = variable(
        "Worker", "WORKER_PROCESSES", whole(1, 256), "2", "Worker processes that one worker command starts."
    )
    shutdown_timeout: timedelta = variable(
        "Worker",
        "SHUTDOWN_TIMEOUT",
        duration("s", NOTHING, HOUR),
        "30s",
        "How long a stopping worker lets jobs finish before it hands them back.",
    )
    lease: timedelta = variable(
        "Worker",
        "CALLBOARD_LEASE",
        duration("s", SECOND, HOUR),
        "30s",
        "How long a silent worker keeps its jobs; it renews its claim at a third of this.",
    )
    max_crashes: int = variable(
        "Worker", "CALLBOARD_MAX_CRASHES", whole(1, 100), "3", "Worker deaths a job may see before it fails as lost."
    )

    max_job_attempts: int = variable(
        "Jobs", "MAX_JOB_ATTEMPTS", whole(1, 100), "3", "Runs a job may have, the first included, unless its type says."
    )
    retry_base_delay: timedelta = variable(
        "Jobs",
        "RETRY_BASE_DELAY",
        duration("ms", NOTHING, DAY),
        "2000ms",
        "Wait before the second run; doubles each time.",
    )
    retry_max_delay: timedelta = variable(
        "Jobs", "RETRY_MAX_DELAY", duration("ms", NOTHING, 30 * DAY), "30000ms", "Longest wait between two runs."
    )
    init_scheduled_jobs: bool = variable(
        "Jobs", "INIT_SCHEDULED_JOBS", flag(), "true", "Create the platform's schedules at start."
    )
    modules: tuple[str, ...] | None = variable(
        "Jobs",
        "CALLBOARD_MODULES",
        names(),
        "",
        "Modules of your own, separated by commas, that declare job types; every process imports them after ours.",
    )
    schedule_seconds: bool = variable(
        "Jobs", "CALLBOARD_SCHEDULE_SECONDS", flag(), "false", "Take schedules with six fields: due each second, even."
    )
    events_cap: int = variable(
        "Jobs",
        "CALLBOARD_EVENTS_CAP",
        whole(1_000, 100_000_000),
        "1000000",
        "Events kept in Redis at most, even when they are not recorded yet.",
    )
    events_kept: int = variable(
        "Jobs",
        "CALLBOARD_EVENTS_KEPT",
        whole(100, 100_000_000),
        "10000",
        "Events kept in Redis for viewers who come back, once they are recorded or where nobody records.",
    )

    smtp_host: str | None = variable(
        "Mail",
        "SMTP_HOST",
        text(),
        "",
        "Mail server; without one each mail becomes an .eml file in CALLBOARD_HOME/mail.",
    )
    smtp_port: int = variable("Mail", "SMTP_PORT", whole(1, 65535), "587", "Port of the mail server.")
    smtp_secure: bool = variable(
        "Mail",
        "SMTP_SECURE",
        flag(),
        "false",
        "True: TLS from the first byte (port 465); false: STARTTLS when offered.",
    )
    smtp_user: str | None = variable("Mail", "SMTP_USER", text(), "", "User name at the mail server.")
    smtp_pass: str | None = variable("Mail", "SMTP_PASS", text(), "", "Password at the mail server.", secret=True)
    from_email: str = variable("Mail", "FROM_EMAIL", text(), "callboard@localhost", "Sender of our mails.")

    notify_admins: tuple[str, ...] | None = variable(
        "Notifications",
        "NOTIFY_ADMINS",
        mailboxes(),
        "",
        "Who gets mail about failures and conditions; without any, these are notices in the application only.",
    )
    public_url: str | None = variable(
        "Notifications",
        "CALLBOARD_PUBLIC_URL",
        address("http", "https"),
        "",
        "Under which people reach the web page; links in mails and webhooks begin with it.",
    )
    outbound_allow: tuple[str, ...] | None = variable(
        "Notifications",
        "CALLBOARD_OUTBOUND_ALLOW",
        targets(),
        "",
        "Networks and hosts that webhooks may call although they are not public, such as 10.1.0.0/16,hooks.lab.",
    )

    ai_providers: tuple[str, ...] | None = variable(
        "AI",
        "CALLBOARD_AI_PROVIDERS",
        names(),
        "",
        "Providers for analyses: local, openai, anthropic. Left out: those whose key is set, else local.",
    )
    openai_api_key: str | None = variable("AI", "OPENAI_API_KEY", text(), "", "Key for OpenAI.", secret=True)
    openai_base_url: str | None = variable(
        "AI", "OPENAI_BASE_URL", address("http", "https"), "", "Any server that speaks OpenAI's API, instead of OpenAI."
    )
    openai_model: str = variable("AI", "OPENAI_MODEL", text(), "gpt-5-mini", "Model to ask at OpenAI.")
    anthropic_api_key: str | None = variable("AI", "ANTHROPIC_API_KEY", text(), "", "Key for Anthropic.", secret=True)
    anthropic_base_url: str | None = variable(
        "AI", "ANTHROPIC_BASE_URL", address("http", "https"), "", "Another server that speaks Anthropic's API."
    )
    anthropic_model: str = variable("AI", "ANTHROPIC_MODEL", text(), "claude-haiku-4-5", "Model to ask at Anthropic.")
    ai_prices: Path | None = variable(
        "AI", "CALLBOARD_AI_PRICES", folder(), "", "TOML file with prices of models that win over those we ship."
    )
    embeddings: str = variable(
        "AI",
        "CALLBOARD_EMBEDDINGS",
        choice("auto", "hashed", "minilm"),
        "auto",
        "How text becomes vectors: auto takes MiniLM when that extra is installed, else hashed word features.",
    )

    port: int = variable("Web and logs", "PORT", whole(0, 65535), "8300", "Port of the web page; 0 takes a free one.")
    bind: str = variable(
        "Web and logs", "CALLBOARD_BIND", text(), "127.0.0.1", "Address on which the web page listens."
    )
    health_port: int | None = variable(
        "Web and logs",
        "CALLBOARD_HEALTH_PORT",
        whole(0, 65535),
        "",
        "Port of the probes of a worker, scheduler or recorder; without it they have none, 0 takes a free one.",
    )
    health_bind: str = variable(
        "Web and logs", "CALLBOARD_HEALTH_BIND", text(), "127.0.0.1", "Address on which those probes listen."
    )
    web_hosts: tuple[str, ...] | None = variable(
        "Web and logs",
        "CALLBOARD_HOSTS",
        names(),
        "",
        "Host names under which requests are taken beside this machine and the one of CALLBOARD_PUBLIC_URL.",
    )
    grafana_url: str | None = variable(
        "Web and logs",
        "CALLBOARD_GRAFANA_URL",
        address("http", "https"),
        "",
        "Of the Grafana that has our dashboards (`callboard grafana`); the page of metrics then leads there.",
    )
    open_loopback: bool = variable(
        "Web and logs",
        "CALLBOARD_OPEN_LOOPBACK",
        flag(),
        "false",
        "True: requests from this machine need no token; for clients of the old systems, on a machine of your own.",
    )
    mount: str = variable(
        "Web and logs", "CALLBOARD_MOUNT", text(), "/admin/queues", "Path below which the dashboard lies."
    )
    compat: bool = variable(
        "Web and logs", "CALLBOARD_COMPAT", flag(), "true", "False: serve none of the routes of the systems before."
    )
    compat_create_status: str = variable(
        "Web and logs",
        "CALLBOARD_COMPAT_CREATE_STATUS",
        choice("200", "201", "202"),
        "202",
        "With which status those routes answer when they have made a job.",
    )
    metrics_open: bool = variable(
        "Web and logs", "CALLBOARD_METRICS_OPEN", flag(), "false", "True: scrapes from this machine need no token."
    )
    metrics_dramatiq: bool = variable(
        "Web and logs", "METRICS_DRAMATIQ_NAMES", flag(), "false", "True: metrics under Dramatiq's own names too."
    )
    revision: str | None = variable("Web and logs", "CALLBOARD_REVISION", text(), "", "What is deployed, for metrics.")
    web_secret: str | None = variable(
        "Web and logs",
        "CALLBOARD_SECRET",
        text(),
        "",
        "Signs the sessions of browsers, at least 32 characters; left out, one is made and kept under the home.",
        secret=True,
    )
    allow_plain_http: bool = variable(
        "Web and logs", "CALLBOARD_ALLOW_PLAIN_HTTP", flag(), "false", "Serve others than this machine without https."
    )
    environment: str = variable(
        "Web and logs",
        "CALLBOARD_ENV",
        choice("development", "production", "test"),
        "development",
        "In production, what only tests may do is refused.",
        also=("NODE_ENV",),
    )
    log_level: str = variable(
        "Web and logs",
        "LOG_LEVEL",
        choice("debug", "info", "warning", "error", "critical", warn="warning"),
        "info",
        "Least important level that is logged.",
    )
    log_format: str = variable(
        "Web and logs",
        "LOG_FORMAT",
        choice("auto", "json", "text"),
        "auto",
        "Auto: text on a terminal, else JSON lines.",
    )
    debug: str | None = variable(
        "Web and logs", "DEBUG", text(), "", "bull*, callboard* or *: log at level debug, whatever LOG_LEVEL says."
    )

    failpoints: tuple[Failpoint, ...] | None = variable(
        "Tests",
        "FAILPOINT",
        failpoint_list(),
        "",
        "Where this process is to die or fail, to test what becomes of its work; refused in production.",
    )

    def __repr__(self) -> str:
        return "Settings(" + ", ".join(f"{row.name}={value!r}" for row, value, _ in shown(self)) + ")"

    @property
    def redis_address(self) -> str | None:
        """URL of the Redis to connect to; None when sentinels know the address, or when we start our own."""
        single = (self.redis_host, self.redis_port, self.redis_username, self.redis_password, self.redis_db)
        if not self.redis_enabled or self.redis_url:
            return self.redis_url if self.redis_enabled else None
        if self.redis_sentinel or all(part is None for part in single):
            return None
        user, password = quote(self.redis_username or "", safe=""), quote(self.redis_password or "", safe="")
        login = f"{user}:{password}@" if user or password else ""
        host = self.redis_host or "localhost"
        return f"redis://{login}{f'[{host}]' if ':' in host else host}:{self.redis_port or 6379}/{self.redis_db or 0}"

    @property
    def embedded(self) -> bool:
        """Whether Callboard runs its own Valkey under `home`."""
        return not self.redis_enabled or (self.redis_address is None and not self.redis_sentinel)

    @property
    def store_folder(self) -> Path:
        """Where our own Valkey keeps its data."""
        return self.home / "valkey"

    @property
    def files_folder(self) -> Path:
        """Where uploaded and produced files lie."""
        return self.home / "files"

    @property
    def mail_folder(self) -> Path:
        """Where mails are written when no mail server is set."""
        return self.home / "mail"

    @property
    def sql_url(self) -> str:
        """SQLAlchemy URL of the database, with the driver we ship for PostgreSQL."""
        if self.database_url is None:
            return f"sqlite:///{self.home / 'callboard.db'}"
        scheme, rest = self.database_url.split("://", 1)
        return f"{'postgresql+psycopg' if scheme.startswith('postgres') else scheme}://{rest}"

    @property
    def lease_renewal(self) -> timedelta:
        """How often a claim is renewed: a third of the lease, so that two lost replies are harmless."""
        return self.lease / 3


def table() -> dict[str, Variable]:
    """The table of all variables, by the name of their field."""
    return {field.name: field.metadata["variable"] for field in dataclasses.fields(Settings)}


def shown(settings: Settings) -> Iterator[tuple[Variable, str, bool]]:
    """Each variable with its value as text, secrets hidden, and whether it differs from the default."""
    for field in dataclasses.fields(Settings):
        row, value = field.metadata["variable"], getattr(settings, field.name)
        yield row, HIDDEN if row.secret and value is not None else as_text(value), value != field.default
