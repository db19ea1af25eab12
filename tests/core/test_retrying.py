"""What fails for a moment is tried again."""

import os

import pytest

from degradekit import DatasetError, UnavailableError, retrying
from degradekit.errors import InaccessibleError
from degradekit.retrying import reason_of, unavailable_error, with_retries


@pytest.fixture
def pauses(monkeypatch) -> list[float]:
    """The pauses that would have been made."""
    made: list[float] = []
    monkeypatch.setattr(retrying.time, "sleep", made.append)
    return made


def failing(*errors: BaseException):
    """Return an action that raises these, and then returns how often it was called."""
    coming, calls = list(errors), []

    def action() -> int:
        calls.append(1)
        if coming:
            raise coming.pop(0)
        return len(calls)

    return action


def test_an_action_is_repeated_after_growing_pauses(pauses):
    assert with_retries(failing(*[OSError(5, "Input/output error")] * 4)) == 5
    assert pauses == sorted(pauses) == list(retrying.PAUSES)
    assert sum(pauses) < 5


def test_a_client_that_has_tried_for_long_by_itself_is_not_asked_again(pauses, monkeypatch):
    clock = iter(range(0, 99, 6))
    monkeypatch.setattr(retrying.time, "monotonic", lambda: next(clock))
    with pytest.raises(OSError, match="the second"):
        with_retries(failing(OSError("the first"), OSError("the second"), OSError("the third")))
    assert len(pauses) == 1


@pytest.mark.usefixtures("pauses")
def test_the_last_error_is_raised():
    with pytest.raises(OSError, match="the fifth"):
        with_retries(failing(*[OSError("one of the first")] * 4, OSError("the fifth")))


@pytest.mark.parametrize(
    "error", [FileNotFoundError(), DatasetError("ours"), MemoryError(), KeyboardInterrupt(), SystemExit()]
)
def test_an_answer_is_not_asked_for_again(error, pauses):
    with pytest.raises(type(error)):
        with_retries(failing(error), final=(FileNotFoundError,))
    assert not pauses


@pytest.mark.parametrize("error", [FileNotFoundError("bucket/a"), FileNotFoundError(2, os.strerror(2), "bucket/a")])
def test_a_missing_file_is_named_as_such(error):
    """Some services raise the path alone."""
    assert reason_of(error) == "No such file or directory"


def test_missing_permission_is_not_an_unavailable_service():
    assert type(unavailable_error("URL: cannot be reached", "s3://x", TimeoutError())) is UnavailableError
    denied = unavailable_error("URL: cannot be reached", "s3://x", PermissionError("Access Denied"))
    assert type(denied) is InaccessibleError
    assert str(denied) == (
        "URL: cannot be reached: Access Denied; give this user or its credentials access to it (got 's3://x')"
    )
