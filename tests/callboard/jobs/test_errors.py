import subprocess

import pytest

from callboard.jobs import errors
from callboard.jobs.errors import CLASSIFICATION, ERROR_CLASSES, classify, retryable


class InsufficientQuotaError(errors.Permanent):
    """A subclass of a body's own."""


def foreign(name: str, *bases: type[BaseException]) -> BaseException:
    """An exception of a library that need not be installed."""
    module, _, plain = name.rpartition(".")
    return type(plain, bases or (Exception,), {"__module__": module})()


CLASSES = [
    (errors.InvalidArguments("x"), "invalid"),
    (errors.Permanent("x"), "permanent"),
    (InsufficientQuotaError("x"), "permanent"),
    (errors.Transient("x"), "transient"),
    (errors.RetryLater(3), "transient"),
    (errors.Snooze(3), "limited"),
    (errors.RateLimited(3, "openai"), "limited"),
    (errors.JobTimeout(), "timeout"),
    (errors.ChildDied("x"), "lost"),
    (TimeoutError(), "transient"),
    (ConnectionResetError(), "transient"),
    (subprocess.TimeoutExpired("x", 1), "transient"),
    (FileNotFoundError(), "permanent"),
    (PermissionError(), "permanent"),
    (IsADirectoryError(), "permanent"),
    (OSError(28, "no space left on device"), "transient"),
    (MemoryError(), "transient"),
    (foreign("httpx2.TransportError"), "transient"),
    (foreign("requests.exceptions.Timeout"), "transient"),
    (foreign("openai.RateLimitError"), "transient"),
    (foreign("openai.AuthenticationError"), "permanent"),
    (foreign("anthropic.APIConnectionError"), "transient"),
    (foreign("sqlalchemy.exc.OperationalError"), "transient"),
    (foreign("smtplib.SMTPAuthenticationError", OSError), "permanent"),
    (foreign("marshmallow.exceptions.ValidationError", ValueError), "invalid"),
    (ValueError("x"), "bug"),
    (KeyError("x"), "bug"),
    (ZeroDivisionError(), "bug"),
]


@pytest.mark.parametrize(("error", "error_class"), CLASSES, ids=lambda value: type(value).__name__)
def test_an_exception_has_the_class_of_the_first_row_that_fits_it(error: BaseException, error_class: str) -> None:
    assert classify(error) == error_class


def test_a_subclass_of_a_named_library_error_has_its_class() -> None:
    parent = type(foreign("httpx2.TransportError"))
    assert classify(type("ConnectTimeout", (parent,), {})()) == "transient"


def test_every_class_of_the_table_is_explained() -> None:
    assert {error_class for _, error_class in CLASSIFICATION} | {"bug"} == ERROR_CLASSES.keys()


def test_no_row_of_the_table_is_hidden_by_one_before_it() -> None:
    rows = [(kind, error_class) for kind, error_class in CLASSIFICATION if isinstance(kind, type)]
    for kind, error_class in rows:
        assert classify(kind.__new__(kind)) == error_class


# S1.4 S5.26 S5.27
@pytest.mark.parametrize("error_class", ERROR_CLASSES)
def test_only_what_may_pass_is_retried(error_class: str) -> None:
    assert retryable(error_class) == (error_class in {"transient", "timeout", "bug", "lost"})


def test_what_is_raised_inside_a_body_from_outside_is_no_exception_that_it_would_swallow() -> None:
    for kind in (errors.JobCancelled, errors.JobTimeout, errors.WorkerStopping, errors.LeaseLost):
        assert not issubclass(kind, Exception)


def test_a_steering_error_says_what_was_asked_for() -> None:
    assert str(errors.RetryLater(2.5)) == "asked to be retried after 2.5 s"
    assert str(errors.RateLimited(30, "openai")) == "limited for 30 s by openai"
    assert errors.InvalidArguments("x", {"file": ["missing"]}).fields == {"file": ["missing"]}
