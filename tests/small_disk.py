"""A disk that can be filled: a small file system in memory. Without the rights to create one a test is skipped, and fails in CI."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """An empty file system of `size`, as mount's `size=` takes it; without one the test fails where CI is set, else is skipped."""
    with tempfile.TemporaryDirectory(prefix="zeven-disk-") as place:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=711", "zeven", place]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            _without(getattr(error, "stderr", None) or str(error))
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)


def _without(why: str) -> None:
    output = f"A full disk was not tried: only root may make a small file system ({why.strip()})."
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(output)
    pytest.skip(output)


def fill(ballast: Path) -> None:
    """Write until there is room for nothing more."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
