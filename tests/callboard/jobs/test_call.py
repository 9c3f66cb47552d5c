"""What a call may say."""

import pytest

from callboard.jobs.call import Call, record_fields


@pytest.mark.parametrize("id", ["", "two words", "flow#1", "x" * 201, "line\nbreak", "ü"])
def test_an_id_that_the_engine_would_misread_is_refused(id: str) -> None:
    with pytest.raises(ValueError, match="an id has up to 200"):
        record_fields(Call("add", "default", id=id))
