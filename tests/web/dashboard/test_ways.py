import shlex

from web.dashboard.ways import ways

ARGS = {"file": "it's a.pdf", "count": 5, "number": "5", "to": ["a", "b"]}


def test_the_command_reads_back_what_was_meant() -> None:
    told = dict(ways("excel_import", ARGS, {"priority": "high", "tags": ["a b"], "unique_key": None}))
    words = shlex.split(told["Command"])
    assert words[:3] == ["callboard", "enqueue", "excel_import"]
    assert words[3:7] == ["file=it's a.pdf", "count=5", 'number="5"', 'to=["a", "b"]']
    assert words[7:] == ["--priority", "high", "--tag", "a b"]


def test_curl_sends_the_whole_call() -> None:
    words = shlex.split(dict(ways("excel_import", ARGS, {"priority": "normal"}))["curl"])
    assert words[words.index("-d") + 1] == (
        '{"type": "excel_import", "args": {"file": "it\'s a.pdf", "count": 5, "number": "5", "to": ["a", "b"]}}'
    )
