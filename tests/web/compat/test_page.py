"""The page of the old routes is whole."""

from flask import Flask

from tests.house.sources import ROOT


def test_every_old_route_is_on_the_page(app: Flask) -> None:
    page = (ROOT / "docs" / "http-from-before.md").read_text(encoding="utf-8")
    routes = {
        f"{method} {rule.rule.replace('<', '{').replace('>', '}')}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("compat.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert len(routes) == 22
    assert {route for route in routes if f"`{route}" not in page} == set()
