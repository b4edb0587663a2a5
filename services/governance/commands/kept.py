"""Secrets that the platform makes for itself and keeps in its data folder: mode 0600, whole or not there at all."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from embedded_postgres.folders import open_private
from services.governance.settings import GovernanceSettings
from shared.settings import Settings


def platform_secret(config: Settings) -> str:
    """What seals the signing keys: ZEVEN_SECRET, else the content of <data>/secret, made at the first start."""
    given = GovernanceSettings.of(config).secret
    if given is not None:
        return given.get_secret_value()
    return kept(config.folder / "secret", lambda: secrets.token_urlsafe(48))


def admin_password(config: Settings) -> str:
    """The first password of admin: ZEVEN_ADMIN_PASSWORD, else the content of <data>/admin-password, made when absent."""
    given = GovernanceSettings.of(config).admin_password
    if given is not None:
        return given.get_secret_value()
    return kept(config.folder / "admin-password", lambda: secrets.token_urlsafe(18))


def kept(path: Path, make: Callable[[], str]) -> str:
    """The text in the file, without white space around it; what `make` gives is stored first where there is none.

    Of several processes that make it at once, one wins and all get its text; a crash leaves a whole file or none.
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
    _keep_names(path.parent)
    return path.read_text("utf-8").strip()


def _keep_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
