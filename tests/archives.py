"""Archives that tests write, and damage."""

import io
import tarfile
from pathlib import Path


def write_tar(path: Path, members: dict[str, bytes], format: int = tarfile.GNU_FORMAT, **kinds: bytes) -> Path:
    """Write a tar file; `kinds` are members of other types by name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=format) as tar:
        for name, data in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            tar.addfile(header, io.BytesIO(data))
        for name, kind in kinds.items():
            header = tarfile.TarInfo(f"{name}.png")
            header.type, header.linkname = kind, "/etc/passwd"
            tar.addfile(header)
    return path


def overwritten(data: bytes, at: int, by: bytes) -> bytes:
    return data[:at] + by + data[at + len(by) :]
