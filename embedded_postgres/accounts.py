"""The account that runs the server: PostgreSQL refuses to run as root, so root starts it as an account with fewer rights."""

import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded_postgres.errors import DataFolderUnreachable, PostgresDidNotStart


@dataclass(frozen=True)
class Account:
    """An account of the operating system."""

    uid: int
    gid: int
    name: str

    @property
    def popen(self) -> Mapping[str, Any]:
        """What `subprocess` needs to start a program as this account: nothing when it is already ours."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": ()}

    def may(self, test: str, path: Path) -> bool:
        """Whether `test -r`, `-w` or `-x` succeeds for this account, with access lists taken into account."""
        command = ["/bin/sh", "-c", 'test "$0" "$1"', test, str(path)]
        try:
            tested = subprocess.run(command, cwd="/", check=False, **self.popen)  # noqa: S603 - a fixed program
        except OSError as error:
            raise PostgresDidNotStart(f"This process may not act as {self.name}: {error}.") from error
        return tested.returncode == 0


def account_of(uid: int) -> Account:
    """The account with this user id; raises `PostgresDidNotStart` when this machine has none."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise PostgresDidNotStart(
            f"PostgreSQL does not run as user id {uid}, which has no name on this machine. "
            "Add the user, or set ZEVEN_DATABASE_URL to another PostgreSQL."
        ) from None
    return Account(uid, entry.pw_gid, entry.pw_name)


def host_account() -> Account:
    """The account this process runs as."""
    return account_of(os.geteuid())


def server_account(cluster: Path) -> Account:
    """The account that runs the server whose files lie in `cluster`, which need not exist yet.

    An ordinary user runs it as itself. Root runs it as the owner of existing files, and new files belong to the
    account `postgres`, or to `nobody` where there is none.

    Raises `DataFolderUnreachable` when the files belong to an account that this process cannot act as.
    """
    owner = _owner(cluster)
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise DataFolderUnreachable(
                f"The database in {cluster} belongs to user id {owner}, not to you. "
                "Run as that user, or set ZEVEN_DATA to a folder of your own."
            )
        return host_account()
    if owner:
        return account_of(owner)
    for name in ("postgres", "nobody"):
        try:
            return account_of(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise PostgresDidNotStart("PostgreSQL does not run as root, and this machine has no user postgres or nobody.")


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None
