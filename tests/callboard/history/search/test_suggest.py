from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from callboard.history.search.errors import BadQuery
from callboard.history.search.grammar import parse
from callboard.history.search.keys import KEYS
from callboard.history.search.sample import forget_samples
from callboard.history.search.suggest import MOST, suggest
from tests.callboard.history.search.rows import make_rows, plain_row, store


@pytest.fixture
def history(database: Engine) -> Iterator[Engine]:
    """Some jobs, one of them with a password."""
    store(database, make_rows(60))
    store(database, [plain_row(kwargs='{"password": "hunter2", "login": {"api_key": "hunter3", "name": "ann"}}')])
    forget_samples()
    yield database
    forget_samples()


def terms(engine: Engine, text: str) -> list[str]:
    return [suggestion.term for suggestion in suggest(engine, text)]


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("", ["id:", "type:", "queue:"]),
        ("st", ["state:", "started:"]),
        ("arg", ["args."]),
        ("state:", ["state:waiting", "state:failed", "state:live"]),
        ("state:c", ["state:completed", "state:cancelled"]),
        ("state:failed,c", ["state:failed,completed"]),
        ("type:", ["type:extract_pdf", "type:email_send", "type:excel_import"]),
        ("type:extract-p", ["type:extract_pdf"]),
        ("pdf", ["type:extract_pdf"]),
        ("queue:pap", ["queue:paper-processing"]),
        ("night", ["tag:nightly"]),
        ("tag:ba", ['tag:"batch 7"']),
        ('tag:"bat', ['tag:"batch 7"']),
        ("user:a", ["user:ann"]),
        ("worker:host-1", ["worker:host-1-aa"]),
        ("schedule:", ["schedule:daily_report"]),
        ("flow:pap", ["flow:paper_intake"]),
        ("error_class:t", ["error_class:transient", "error_class:timeout"]),
        ("error-class:tr", ["error-class:transient"]),
        ("priority:h", ["priority:high"]),
        ("reason:", ["reason:retry"]),
        ("args.", ["args.n:", "args.options.modes:", 'args."a.b"."c d":', "args.login.name:"]),
        ("args.pa", ["args.paper_id:"]),
        ("args.paper_id:", ["args.paper_id:123"]),
        ("meta.", ["meta.batch:"]),
        ("age:", ["age:>1h"]),
    ],
)
def test_what_is_typed_may_become(history: Engine, text: str, some: list[str]) -> None:
    found = terms(history, text)
    assert set(some) <= set(found), found
    assert len(found) <= MOST


def test_the_rest_of_the_search_stays_as_it_is(history: Engine) -> None:
    (suggestion, *_) = suggest(history, '(tag:"x y" OR -state:fai')
    assert suggestion.text == '(tag:"x y" OR -state:failed'


def test_what_is_known_is_never_suggested_twice(history: Engine) -> None:
    found = terms(history, "p")
    assert len(found) == len(set(found))


@pytest.mark.parametrize("text", ["args.password:", "args.pass", "args.login.api", "args.login.api_key:", "args."])
def test_secrets_are_not_suggested(history: Engine, text: str) -> None:
    assert not any("hunter" in term or "password:" in term or "api_key:" in term for term in terms(history, text))


def test_values_are_read_again_only_after_a_while(history: Engine) -> None:
    assert terms(history, "user:new") == []
    store(history, [plain_row(id="later", user="newcomer")])
    assert terms(history, "user:new") == []
    forget_samples()
    assert terms(history, "user:new") == ["user:newcomer"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet='st:argsn.,()"- \\OR', max_size=300))
def test_any_text_may_be_typed(history: Engine, text: str) -> None:
    for suggestion in suggest(history, text):
        assert suggestion.text.endswith(suggestion.term)


@pytest.mark.parametrize("name", KEYS)
def test_a_suggested_value_can_be_searched_for(history: Engine, name: str) -> None:
    for suggestion in suggest(history, f"{name}:"):
        try:
            parse(suggestion.text)
        except BadQuery as error:
            pytest.fail(str(error))
