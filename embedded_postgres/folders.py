"""Where the files of the embedded database are, and the lock that lets one process at a time be their host."""

import fcntl
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import structlog

from embedded_postgres.accounts import Account, server_account
from embedded_postgres.errors import DataFolderInUse, DataFolderUnreachable

log = structlog.get_logger(__name__)

PORT = 5432
SYSTEM_FOLDER = Path("/var/lib/zeven")
# Linux allows 107 bytes, macOS 103.
LONGEST_SOCKET_PATH = 103


def data_folder(explicit: Path | None, default: Path) -> Path:
    """The absolute data folder to use: `explicit` when set, else `default`, else one that the server can reach.

    Only root gets the system folder: its server runs as another account, which may be unable to enter `default`
    (a clone below a private home). One log line says so.

    Raises `DataFolderUnreachable` when the server's account cannot reach a folder that was set explicitly.
    """
    folder = (explicit or default).absolute()
    if os.geteuid() != 0:
        return folder
    account = server_account(Layout.of(folder).cluster)
    closed = _closed(folder, account)
    if closed is None:
        return folder
    if explicit is not None:
        raise _unreachable(folder, closed, account)
    moved = SYSTEM_FOLDER / _digest(folder)
    reason = f"{account.name} cannot enter {closed}"
    log.warning("the default data folder cannot be used", to=str(moved), instead_of=str(folder), because=reason)
    return moved


@dataclass(frozen=True)
class Layout:
    """The files and folders in one data folder."""

    data: Path

    @classmethod
    def of(cls, data: Path) -> "Layout":
        """The layout of `data` by its real path, so that two names of one folder have the same lock."""
        return cls(data.resolve())

    @property
    def cluster(self) -> Path:
        """The database files, owned by the server's account."""
        return self.data / "postgres"

    @property
    def settings(self) -> Path:
        """The configuration, owned by the host."""
        return self.data / "postgres-settings"

    @property
    def log(self) -> Path:
        """The log of the server."""
        return self.data / "postgres.log"

    @property
    def label(self) -> str:
        """The name in the command line of every process of this server."""
        return f"zeven-{_digest(self.data)}"

    def socket_folder(self, account: Account) -> Path:
        """The folder of the server's socket: in the data folder, or a temporary one where that is too long."""
        inside = self.data / "postgres-socket"
        if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
            return inside
        temporary = Path(tempfile.gettempdir())
        return (temporary if account.may("-x", temporary) else Path("/tmp")) / self.label  # noqa: S108

    def prepare(self, account: Account) -> None:
        """Make the data folder and its socket folder; the rights of existing folders do not change.

        Raises `DataFolderUnreachable` when that is impossible or the server's account could not enter.
        """
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            for folder in (*reversed(self.data.parents), self.data):
                if not folder.exists():
                    folder.mkdir(mode=mode)
                    folder.chmod(mode)
        except OSError as error:
            raise DataFolderUnreachable(f"The data folder cannot be made: {error}. Set ZEVEN_DATA.") from error
        if not os.access(self.data, os.W_OK | os.X_OK):
            raise DataFolderUnreachable(f"You may not write in the data folder {self.data}. Set ZEVEN_DATA.")
        if (closed := _closed(self.data, account)) is not None:
            raise _unreachable(self.data, closed, account)
        make_private(self.socket_folder(account), account)


class HostLock:
    """The right to be the host of a data folder; it ends with the process, even after a kill."""

    def __init__(self, data: Path) -> None:
        """Take the lock of `data`; raises `DataFolderInUse` when another process holds it."""
        self._file = open_private(data / "postgres.lock", os.O_RDWR)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 20).decode().strip()
            os.close(self._file)
            raise DataFolderInUse(data, holder) from None
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Release the lock."""
        os.close(self._file)


def open_private(path: Path, flags: int) -> int:
    """A descriptor of a file of mode 0600, made when needed; it belongs to its folder's owner."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def make_private(folder: Path, account: Account) -> None:
    """Make `folder` with mode 0700 for `account`; raises `DataFolderUnreachable` when the name is taken."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
            raise DataFolderUnreachable(f"{folder} is not a folder of {account.name}. Remove it.") from None
        folder.chmod(0o700)
    else:
        if account.uid != os.geteuid():
            os.chown(folder, account.uid, account.gid)


def _closed(folder: Path, account: Account) -> Path | None:
    """The outermost existing folder on the way to `folder` that `account` cannot enter."""
    existing = [path for path in (*reversed(folder.parents), folder) if path.exists()]
    if account.may("-x", existing[-1]):
        return None
    return next((path for path in existing if not account.may("-x", path)), existing[-1])


def _unreachable(folder: Path, closed: Path, account: Account) -> DataFolderUnreachable:
    return DataFolderUnreachable(
        f"The data folder {folder} cannot be used: PostgreSQL does not run as root but as {account.name}, "
        f"which cannot enter {closed}. Set ZEVEN_DATA to a folder it can reach, such as {SYSTEM_FOLDER}."
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
