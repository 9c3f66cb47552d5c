"""The one table of what errors amount to."""

import importlib

import pytest

from research.error_kinds import BUG, FULL, KINDS, UNREACHABLE, kind_of


@pytest.mark.parametrize("name", [name for name, _ in KINDS])
def test_every_name_of_the_table_is_that_of_an_error(name: str) -> None:
    module, _, kind = name.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), kind), Exception)


def test_the_first_row_that_fits_counts() -> None:
    from callboard.broker.errors import ConnectionGone, StoreFull

    assert (kind_of(StoreFull("full")), kind_of(ConnectionGone("gone"))) == (FULL, UNREACHABLE)


def test_what_nobody_named_is_a_bug() -> None:
    assert kind_of(ZeroDivisionError()) == BUG
