from sqlalchemy import Engine, delete, select, update

from callboard.history.search.find import find
from callboard.history.search.grammar import parse
from callboard.history.search.term_index import AT_ONCE, forget_terms, index_terms
from tests.callboard.history.search.rows import JOBS, plain_row, store


def ids(engine: Engine, text: str) -> list[str]:
    return [job.id for job in find(engine, parse(text), limit=200).jobs]


def test_a_job_is_found_by_its_terms_once_it_is_indexed(database: Engine) -> None:
    store(database, [plain_row(id="A", kwargs='{"n": 5}', tags='["x"]'), plain_row(id="B", kwargs='{"n": 6}')])
    assert ids(database, "args.n:5") == ["A"]
    assert ids(database, "args.n:5,6") == ["B", "A"]
    assert ids(database, "tag:x args.n:5") == ["A"]
    assert ids(database, "tag:x args.n:6") == []


def test_indexing_a_job_again_replaces_its_terms(database: Engine) -> None:
    store(database, [plain_row(id="A", kwargs='{"n": 5}')])
    changed = {"id": "A", "kwargs": '{"n": 6}'}
    with database.begin() as connection:
        connection.execute(update(JOBS).values(kwargs=changed["kwargs"]))
        assert index_terms(connection, [changed]) == 1
        index_terms(connection, [changed])
    assert (ids(database, "args.n:5"), ids(database, "args.n:6")) == ([], ["A"])


def test_a_job_without_terms_costs_nothing(database: Engine) -> None:
    store(database, [plain_row(id="A")])
    with database.begin() as connection:
        assert index_terms(connection, [plain_row(id="A")]) == 0


def test_a_job_that_is_not_written_is_not_indexed(database: Engine) -> None:
    with database.begin() as connection:
        index_terms(connection, [plain_row(id="gone", tags='["x"]')])
    assert ids(database, "tag:x") == []


def test_terms_are_forgotten_with_their_jobs(database: Engine) -> None:
    rows = [plain_row(id=f"job-{number:04d}", tags='["x"]') for number in range(AT_ONCE + 3)]
    store(database, rows)
    gone = [row["id"] for row in rows[:-1]]
    with database.begin() as connection:
        forget_terms(connection, gone)
        connection.execute(delete(JOBS).where(JOBS.c.id.in_(gone)))
    assert ids(database, "tag:x") == [rows[-1]["id"]]
    store(database, [plain_row(id="later")])
    with database.connect() as connection:
        assert connection.scalar(select(JOBS.c.number).where(JOBS.c.id == "later"))
    assert ids(database, "tag:x") == [rows[-1]["id"]]


def test_terms_vanish_when_the_transaction_does(database: Engine) -> None:
    store(database, [plain_row(id="A")])
    with database.connect() as connection:
        index_terms(connection, [plain_row(id="A", tags='["x"]')])
        connection.rollback()
    assert ids(database, "tag:x") == []
