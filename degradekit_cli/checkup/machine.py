"""What the machine gives to a process: processors, memory, room on disks, a GPU."""

import os
import platform
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from degradekit_cli.checkup.findings import Finding

_LITTLE_MEMORY = 2 * 10**9
_LITTLE_SHARED_MEMORY = 256 * 10**6
"""Containers have 64 MB unless more is asked for."""
_LITTLE_ROOM, _NO_ROOM = 2 * 10**9, 10**8
_SHARED_MEMORY = Path("/dev/shm")
_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


def processors() -> Iterator[Finding]:
    """Count the processors."""
    from degradekit.processors import processors as usable

    count, whole = usable(), os.cpu_count() or 1
    of_all = f" of {whole}, by the affinity or the control group of this process" if count < whole else ""
    yield Finding("processors", "ok", f"{count}{of_all}; builds start as many workers")


def memory() -> Iterator[Finding]:
    """Look at how much memory is free, and how much of it processes can share."""
    from degradekit.memory import available_bytes
    from degradekit.wording import byte_size

    free = available_bytes()
    if free is None:
        yield Finding("memory", "ok", f"{platform.system()} does not state how much is free for a process")
    elif free < _LITTLE_MEMORY:
        advice = "start fewer --workers, each of which takes 0.2 GB and more"
        yield Finding("memory", "note", f"{byte_size(free)} are free for this process", advice)
    else:
        yield Finding("memory", "ok", f"{byte_size(free)} are free for this process")
    if _SHARED_MEMORY.is_dir():
        room = shutil.disk_usage(_SHARED_MEMORY).free
        if room < _LITTLE_SHARED_MEMORY:
            text = (
                f"{byte_size(room)} are free in {_SHARED_MEMORY}, through which the workers of a training pass batches"
            )
            yield Finding("memory", "note", text, "start the container with more, such as docker run --shm-size=8g")


def disk() -> Iterator[Finding]:
    """Look at the room in the folder for temporary files and in the current one."""
    from degradekit.wording import byte_size

    try:
        temporary = tempfile.gettempdir()
    except OSError:  # nowhere can a file be written
        text = "no folder for temporary files is writable"
        yield Finding("disk", "problem", text, "set TMPDIR to a folder that is")
        temporary = None
    folders = {"temporary files": temporary, "the current folder": str(Path.cwd())}
    for name, folder in folders.items():
        if folder is None:
            continue
        room = shutil.disk_usage(folder).free
        text = f"{byte_size(room)} are free for {name}, {folder}"
        if room < _NO_ROOM:
            yield Finding(
                "disk", "problem", text, "delete something" + ("" if folder != temporary else ", or set TMPDIR")
            )
        elif room < _LITTLE_ROOM:
            yield Finding("disk", "note", text, "a dataset takes more; see the sizes in docs/datasets.md")
        else:
            yield Finding("disk", "ok", text)


def torch() -> Iterator[Finding]:
    """Ask torch, where it is installed, what it computes on."""
    if find_spec("torch") is None:
        text = "is not installed; train and upscale need it, nothing else does"
        yield Finding("torch", "ok", text, "where you need it: pip install 'degradekit[train]'")
        return
    import torch

    with warnings.catch_warnings(record=True) as caught:  # a driver that is too old is a warning
        warnings.simplefilter("always")
        has_cuda = torch.cuda.is_available()
    if has_cuda:
        devices = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
        names = ", ".join(f"{each.name} with {each.total_memory / 10**9:.0f} GB" for each in devices)
        yield Finding("torch", "ok", f"{torch.__version__} computes on {names} (CUDA {torch.version.cuda})")
    elif torch.backends.mps.is_available():
        yield Finding("torch", "ok", f"{torch.__version__} computes on Apple's GPU (MPS)")
    elif _NVIDIA_DRIVER.exists():
        reason = "is a build for CPUs" if torch.version.cuda is None else f"cannot use it{_words(caught)}"
        text = f"this machine has an NVIDIA GPU, and torch {torch.__version__} {reason}"
        advice = "install torch's build for your driver, as https://pytorch.org/get-started/locally shows"
        yield Finding("torch", "problem", text, advice)
    else:
        text = f"{torch.__version__} computes on the CPU; this machine has no GPU that it can use"
        yield Finding("torch", "ok", text)


def _words(caught: list[warnings.WarningMessage]) -> str:
    return "".join(f": {str(each.message).splitlines()[0]}" for each in caught[:1])
