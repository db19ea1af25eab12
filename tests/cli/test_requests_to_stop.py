"""Requests to stop that come at awkward times, such as where no exception can be passed on."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

COMMAND = """
import ctypes, gc, signal, sys, time, weakref

from degradekit_cli.commands import Command, Group

main = Group()
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may ignore these, as nohup does

def request():
    signal.raise_signal(signal.{signal})

class Temporary:
    pass

class RequestingAtItsEnd:
    def __del__(self):
        request()

def from_ctypes():
    ctypes.CFUNCTYPE(None)(request)()

def from_a_destructor():
    RequestingAtItsEnd()

def from_a_weak_reference():
    temporary = Temporary()
    reference = weakref.ref(temporary, lambda _: request())
    del temporary

def from_garbage_collection():
    gc.callbacks.append(lambda phase, _: phase == "start" and request())
    gc.collect()
    gc.callbacks.clear()

@main.command(cls=Command)
def work():
    {work}
    time.sleep(600)
    print("was not stopped")

main()
"""


def run(work: str, signal: str = "SIGINT") -> tuple[int, str, str]:
    """Return the exit status of a command that does some work and then waits, and what it prints."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "program.py").write_text(COMMAND.format(work=work, signal=signal))
        command = [sys.executable, "-m", "program", "work"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return done.returncode, done.stdout, done.stderr


of_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")


@of_posix
@pytest.mark.parametrize(
    ("work", "signal"),
    [
        ("from_ctypes()", "SIGHUP"),
        ("from_a_destructor()", "SIGTERM"),
        ("from_a_weak_reference()", "SIGINT"),
        ("from_garbage_collection()", "SIGINT"),
    ],
)
def test_a_request_where_no_exception_can_be_raised_stops_the_command_soon_afterwards(work, signal):
    """Such as in a callback of the compiler, where Python would print a traceback and go on."""
    assert run(work, signal) == (130, "", "stopped\n")


@of_posix
def test_a_request_that_is_lost_twice_stops_the_command_too():
    assert run("from_ctypes(); ctypes.CFUNCTYPE(None)(lambda: time.sleep(0.5))()") == (130, "", "stopped\n")


@of_posix
def test_a_lost_request_that_is_sent_again_while_signals_are_held_back_stops_the_command_after_that():
    work = """
    import threading, types
    from degradekit import signals
    from degradekit_cli import stopping
    is_held = threading.Event()
    stopping.time = types.SimpleNamespace(sleep=lambda _: is_held.wait(), monotonic=time.monotonic)
    from_ctypes()
    with signals.held() as held:
        is_held.set()
        while not held.received:
            time.sleep(0.01)
        print("whole")"""
    assert run(work) == (130, "whole\n", "stopped\n")


@of_posix
def test_a_request_in_source_code_that_is_run_from_a_string_ends_the_command_with_its_status():
    """As where a module is imported that defines data classes; Python would then end the process by SIGINT."""
    assert run('exec("request()")', "SIGTERM") == (130, "", "stopped\n")


def test_other_errors_where_no_exception_can_be_raised_are_printed_as_ever():
    status, _, errors = run("ctypes.CFUNCTYPE(None)(lambda: 1 / 0)(); return")
    assert status == 0
    assert "ZeroDivisionError" in errors
