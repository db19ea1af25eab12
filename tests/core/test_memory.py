"""Work for which the memory does not suffice is refused before it begins."""

import io

import pytest
from PIL import Image
from system_files import write

from degradekit import memory
from degradekit.errors import MemoryShortageError
from degradekit.memory import available_bytes, require_memory
from degradekit.picture_files import decode, decode_whole


def test_memory_is_that_of_the_machine_and_of_all_control_groups_above(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "1")
    write(tmp_path, {"proc/meminfo": "MemTotal: 9000 kB\nMemAvailable: 8000 kB\n"})
    assert available_bytes(tmp_path) == 8000 * 1024
    group = {"memory.max": "max", "memory.current": "700"}
    outer = {"memory.max": "5000", "memory.current": "2000", "memory.stat": "anon 1\ninactive_file 500\n"}
    write(tmp_path, {"proc/self/cgroup": "0::/outer/inner\n"})
    write(tmp_path / "sys/fs/cgroup/outer", outer)
    write(tmp_path / "sys/fs/cgroup/outer/inner", group)
    assert available_bytes(tmp_path) == 5000 - 2000 + 500
    write(tmp_path, {"proc/self/cgroup": "4:cpu,memory:/job\n3:pids:/job\n"})
    limits = {"memory.limit_in_bytes": "4000", "memory.usage_in_bytes": "1000"}
    write(tmp_path / "sys/fs/cgroup/memory/job", limits)
    write(tmp_path / "sys/fs/cgroup/memory", {"memory.limit_in_bytes": str(2**63 - 4096), "memory.usage_in_bytes": "1"})
    assert available_bytes(tmp_path) == 3000
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    assert available_bytes(tmp_path) == 1000


def test_memory_is_unknown_without_the_files_of_the_kernel(tmp_path):
    assert available_bytes(tmp_path) is None


def test_what_is_refused_states_the_need_and_what_is_free(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 3 * 10**9)
    require_memory(3 * 10**9, "to decode it", "free some")
    with pytest.raises(MemoryShortageError) as raised:
        require_memory(4 * 10**9, "to decode it", "free some")
    assert str(raised.value) == "needs about 4.0 GB of memory to decode it, and 3.0 GB are free; free some"
    monkeypatch.setattr(memory, "available_bytes", lambda: None)
    require_memory(10**15, "where nobody knows", "")


KINDS = {
    "gray": ("L", "PNG", {}, 5),
    "16-bit gray": ("I;16", "PNG", {}, 8),
    "color": ("RGB", "PNG", {}, 8),
    "palette": ("P", "PNG", {}, 5),
    "JPEG": ("RGB", "JPEG", {}, 8),
    "CMYK": ("CMYK", "JPEG", {}, 8),
    "progressive": ("RGB", "JPEG", {"progressive": True}, 12),
    "WebP": ("RGB", "WEBP", {}, 17),
    "AVIF": ("RGB", "AVIF", {}, 11),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_refused_by_the_memory_that_its_kind_takes(kind, monkeypatch):
    mode, file_format, settings, pixel_bytes = KINDS[kind]
    buffer = io.BytesIO()
    Image.new(mode, (50, 40)).save(buffer, file_format, **settings)
    monkeypatch.setattr(memory, "_SMALL_BYTES", 0)
    monkeypatch.setattr(memory, "available_bytes", lambda: 50 * 40 * pixel_bytes)
    assert decode(buffer.getvalue()).shape == (40, 50, 3)
    monkeypatch.setattr(memory, "available_bytes", lambda: 50 * 40 * pixel_bytes - 1)
    with pytest.raises(MemoryShortageError, match="to decode 50 x 40 pixels"):
        decode_whole(buffer.getvalue())
