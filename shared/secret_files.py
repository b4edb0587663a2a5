"""Secrets that are generated into files: mode 0600, written whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from embedded_postgres.folders import open_private


def secret_file(path: Path, make: Callable[[], str]) -> str:
    """The text in the file, without white space around it; where there is no file, `make` gives its content.

    Of several processes that make it at once one succeeds and all get its text; a crash leaves a whole file or none.
    """
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(open_private(draft, os.O_WRONLY | os.O_EXCL), "w", encoding="utf-8") as file:
        file.write(f"{make()}\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    _sync_folder(path.parent)
    return path.read_text("utf-8").strip()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
