"""The fuzz suites can fail: each way to go wrong is seen, and each unreadable message."""

import sys

import pytest
from fuzz_client import FuzzClient
from fuzzed_traps import NAMES
from judging import MOST_CHARACTERS, fault_of


@pytest.mark.parametrize("message", ["size: must be >= 1 (got 0)", "size: must be given\nscale: unknown", "é 写真"])
def test_readable_messages_have_no_fault(message):
    assert fault_of(message) == ""


@pytest.mark.parametrize(
    "message",
    [
        "",
        "\n",
        "size: must be given\n",
        "x" * MOST_CHARACTERS,
        "unknown field \x1b[31m",
        "unknown field \u202e",
        "unknown field \ud800",
        "1 validation error for Row",
        "Input should be a valid integer",
        "'NoneType' object has no attribute 'get'",
        "<generator object at 0x7f1f6dd73560>",
        "Traceback (most recent call last):",
    ],
)
def test_messages_that_people_cannot_read_have_one(message):
    assert fault_of(message)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux")
def test_what_goes_wrong_with_a_use_is_named(tmp_path):
    client = FuzzClient(tmp_path)
    failures, taken = client.failures("fuzzed_traps:Traps", "0", 0, 1)
    client.close()
    assert taken == 1
    assert [failure.split(": ")[1] for failure in failures] == list(NAMES[2:]), failures


@pytest.mark.slow
def test_a_process_that_died_is_a_failure_and_the_next_case_has_a_new_one(tmp_path):
    client = FuzzClient(tmp_path)
    failures, taken = client.failures("fuzzed_traps:Crash", "0", 0, 2)
    client.close()
    assert taken == 0
    assert [failure.split(": ")[1] for failure in failures] == ["the process died"] * 2, failures
