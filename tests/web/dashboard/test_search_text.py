import pytest

from web.dashboard.search_text import term, with_term


@pytest.mark.parametrize(
    ("text", "key", "value", "written"),
    [
        ("", "state", "failed", "state:failed"),
        ("state:failed tag:x", "state", "active", "tag:x state:active"),
        ('tag:"state:failed  x" state:failed', "state", "", 'tag:"state:failed  x"'),
        ("queue:a queue:b", "queue", "c", "queue:c"),
        ("a OR b", "state", "failed", "(a OR b) state:failed"),
        ("a OR b", "state", "", "a OR b"),
        ("(state:failed OR b)", "state", "active", "(state:failed OR b) state:active"),
        ("-state:failed", "state", "active", "-state:failed state:active"),
        ("type:a", "queue", "two words", 'type:a queue:"two words"'),
    ],
)
def test_one_term_is_changed_and_the_rest_stays(text: str, key: str, value: str, written: str) -> None:
    assert with_term(text, key, value) == written


@pytest.mark.parametrize(
    ("text", "value"),
    [("state:failed x", "failed"), ("x", ""), ("state:a state:b", ""), ("state:a OR x", ""), ("(state:a)", "")],
)
def test_the_value_of_a_term_is_known_where_it_decides(text: str, value: str) -> None:
    assert term(text, "state") == value
