"""The form of a new job."""

import re

import pytest
from flask.testing import FlaskClient

from web.services import Services

PATH = "/admin/queues/new"


def test_every_type_has_a_form_with_its_arguments(operator: FlaskClient, services: Services) -> None:
    for name, actor in services.types.items():
        page = operator.get(PATH, query_string={"type": name}).text
        asked = set(re.findall(r'name="args\.([^"]+)"', page))
        assert asked >= set(actor.schema.fields if actor.schema else ()), name
        assert f'<input type="hidden" name="type" value="{name}">' in page


def test_a_field_says_what_it_takes(operator: FlaskClient) -> None:
    page = operator.get(PATH, query_string={"type": "email_send"}).text
    field = re.search(r'<label for="field-args-template">.*?</div>', page, re.DOTALL)
    assert field is not None
    assert "required" in field[0]
    assert ">welcome</option>" in field[0]
    assert "what the mail is made from" in field[0]
    assert re.search(r'name="args.to" data-type="json"', page)


def test_an_address_fills_the_form_in_and_the_calls_beside_it(operator: FlaskClient) -> None:
    given = {"type": "generate_embeddings", "args": '{"paper_id": "<7>"}', "priority": "high", "tags": "a,b"}
    page = operator.get(PATH, query_string=given).text
    assert 'value="&lt;7&gt;"' in page
    assert "<option selected>high</option>" in page
    assert "callboard enqueue generate_embeddings &#39;paper_id=&lt;7&gt;&#39; --priority high" in page


@pytest.mark.parametrize("args", ["[1]", "{", "[" * 10_000])
def test_an_address_that_brings_no_arguments_is_refused(operator: FlaskClient, args: str) -> None:
    assert operator.get(PATH, query_string={"type": "email_send", "args": args}).status_code == 422


def test_who_only_looks_is_told_so(viewer: FlaskClient) -> None:
    page = viewer.get(PATH, query_string={"type": "email_send"}).text
    assert "needs the role operator" in page
    assert 'data-act="POST"' not in page


def test_an_unknown_type_is_not_found(operator: FlaskClient) -> None:
    assert operator.get(PATH, query_string={"type": "nothing"}).status_code == 404
