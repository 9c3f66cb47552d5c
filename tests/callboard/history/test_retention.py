from datetime import timedelta

from sqlalchemy import Engine, func, insert, select

from callboard.history.audit import audit_lines, note_act
from callboard.history.bulk_acts import begin, list_acts
from callboard.history.database import writing
from callboard.history.models import AttemptRow, FailureGroupRow, FailureRow, FlowRow, JobRow, table_of
from callboard.history.notes import add_note, notes_of
from callboard.history.recording import write_jobs
from callboard.history.retention import AUDIT_KEPT, Keep, forget_history
from callboard.history.rows import Row, row_of

DAY_MS = 86_400_000
NOW_MS = 1_700_000_000_000
MONTH = Keep(timedelta(days=30))


def job(n: int, state: str, finished_ms: int | None = None) -> Row:
    record = {"type": "add", "queue": "default", "state": state, "version": "3", "enqueued_ms": str(NOW_MS)}
    return row_of(f"job-{n:04}", record | ({} if finished_ms is None else {"finished_ms": str(finished_ms)}))


def write(engine: Engine, *rows: Row) -> None:
    with engine.begin() as connection:
        write_jobs(connection, rows)


def left(engine: Engine) -> list[str]:
    with engine.connect().execution_options(reading=True) as connection:
        return sorted(connection.execute(select(JobRow.id)).scalars())


def test_what_ended_long_ago_is_forgotten_and_what_lives_is_kept_at_any_age(database: Engine) -> None:
    old, young = NOW_MS - 31 * DAY_MS, NOW_MS - 29 * DAY_MS
    write(database, job(1, "completed", old), job(2, "failed", young), job(3, "waiting"), job(4, "cancelled", old))
    assert forget_history(database, MONTH, NOW_MS) == 2
    assert left(database) == ["job-0002", "job-0003"]
    assert forget_history(database, MONTH, NOW_MS) == 0


def test_what_is_more_than_the_number_kept_goes_oldest_first(database: Engine) -> None:
    write(database, *(job(n, "waiting" if n == 2 else "completed", NOW_MS) for n in range(1, 11)))
    assert forget_history(database, Keep(timedelta(days=30), jobs=4), NOW_MS) == 5
    assert left(database) == ["job-0002", "job-0007", "job-0008", "job-0009", "job-0010"]


def test_finished_steps_are_kept_for_as_long_as_their_flow_runs(database: Engine) -> None:
    write(database, *(job(n, "completed", 1) | {"flow": flow} for n, flow in enumerate(("over", "open", "unknown"))))
    about = {"name": "f", "jobs": 1, "started_ms": 1, "graph": "[]"}
    with database.begin() as connection:
        connection.execute(insert(FlowRow).values(id="over", state="completed", finished_ms=NOW_MS, **about))
        connection.execute(insert(FlowRow).values(id="open", state="active", **about))
    forget_history(database, Keep(timedelta(days=30), jobs=0), NOW_MS)
    assert left(database) == ["job-0001"]


def test_a_batch_is_as_large_as_it_may_be(database: Engine) -> None:
    write(database, *(job(n, "completed", 1) for n in range(25)))
    assert [forget_history(database, MONTH, NOW_MS, batch=10) for _ in range(4)] == [10, 10, 5, 0]


def test_all_that_belongs_to_a_job_goes_with_it(database: Engine) -> None:
    write(database, job(1, "failed", 1))
    failure = dict.fromkeys(("error_class", "error_type", "message", "traceback", "fingerprint", "type", "queue"), "x")
    with database.begin() as connection:
        connection.execute(insert(AttemptRow).values(job_id="job-0001", fence=1, attempt=1))
        connection.execute(
            insert(FailureRow).values(**failure, job_id="job-0001", fence=1, attempt=1, at_ms=1, final=True)
        )
        flow = {"name": "f", "state": "completed", "jobs": 1, "started_ms": 1, "finished_ms": 1, "graph": "[]"}
        connection.execute(insert(FlowRow).values(id="flow", **flow))
    while forget_history(database, MONTH, NOW_MS):
        pass
    with database.connect() as connection:
        models = (AttemptRow, FailureRow, FlowRow, FailureGroupRow)
        assert [connection.execute(select(func.count()).select_from(table_of(model))).scalar() for model in models] == [
            0
        ] * len(models)


def test_what_people_did_is_kept_for_a_year(database: Engine) -> None:
    with database.begin() as connection:
        note_act(connection, NOW_MS - 31 * DAY_MS, "ada", "clean", "queue mail", count=12, detail={"state": "failed"})
        note_act(connection, NOW_MS - (AUDIT_KEPT.days + 1) * DAY_MS, "ada", "pause", "queue mail")
        note_act(connection, NOW_MS, "bob", "resume", "queue mail\x00", origin="127.0.0.1")
    assert forget_history(database, MONTH, NOW_MS) == 1
    assert [(line.who, line.verb, line.count) for line in audit_lines(database)] == [
        ("bob", "resume", 1),
        ("ada", "clean", 12),
    ]
    (clean,) = audit_lines(database, who="ada")
    assert clean.detail == '{"state":"failed"}'
    assert audit_lines(database, before=clean.id) == []


def test_bulk_acts_are_kept_as_long_and_notes_as_long_as_their_jobs(database: Engine) -> None:
    acts = [begin(database, "retry", "state:failed", "ada", NOW_MS - days * DAY_MS) for days in (400, 31)]
    write(database, job(1, "failed", 1), job(2, "failed", NOW_MS))
    with writing(database) as session:
        for id in ("job-0001", "job-0002"):
            add_note(session, id, "ada", "look at this", NOW_MS)
    assert forget_history(database, MONTH, NOW_MS) == 2
    assert [act.id for act in list_acts(database, NOW_MS)] == acts[1:]
    assert [len(notes_of(database, id)) for id in ("job-0001", "job-0002")] == [0, 1]
