"""Which processes of an earlier server are still alive, and which are other programs that got their process ids."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.01


async def gone(alive: Callable[[], bool], seconds: float) -> bool:
    """Wait until `alive()` is false; returns False when it is still true after `seconds`."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    while alive():
        if clock() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


async def clear(cluster: Path, label: str) -> None:
    """Stop what an earlier host left behind for the files in `cluster`, and remove a stale pid file.

    A server that outlived its host is stopped cleanly; the processes of a server that was killed are ended. A pid file
    whose number now belongs to another program, or that was copied with the folder of a running server, is removed.
    """
    pid_file = cluster / "postmaster.pid"
    try:
        pid_text, directory = pid_file.read_text().splitlines()[:2]
        pid = int(pid_text)
    except FileNotFoundError:
        pid, directory = 0, ""
    except ValueError:
        pid_file.unlink()
        pid, directory = 0, ""

    def orphan() -> bool:
        return pid > 0 and f"-D {directory} " in _command_line(pid) and not _copied(cluster, Path(directory))

    for order, seconds in ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        if not orphan():
            break
        _send(pid, order)
        await gone(orphan, seconds)

    for order, seconds in ((signal.SIGQUIT, 5.0), (signal.SIGKILL, 10.0)):
        left = _titled(label)
        for process in left:
            _send(process, order)
        if await gone(lambda: bool(_titled(label)), seconds):
            break
    # PostgreSQL itself checks a pid that no process has; one that another program has would mislead it.
    if pid > 0 and not orphan() and _exists(pid):
        pid_file.unlink(missing_ok=True)


def _copied(cluster: Path, directory: Path) -> bool:
    """Whether the pid file names another folder that still exists, so that this one is a copy and was not moved."""
    return directory.exists() and not directory.samefile(cluster)


def _titled(label: str) -> list[int]:
    """The processes of the server named `label`, its main process excepted."""
    return [pid for pid, command in _command_lines().items() if command.startswith(f"postgres: {label}: ")]


def _command_line(pid: int) -> str:
    return _command_lines(pid).get(pid, "")


def _command_lines(only: int | None = None) -> dict[int, str]:
    """The command lines of all processes, or of `only`, by process id, leaving out the dead and the unreadable."""
    found: dict[int, str] = {}
    system = Path("/proc")
    if not (system / "self" / "cmdline").exists():
        command = ["/bin/ps", "-axo", "pid=,command="]
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - a fixed program
        for line in listing.splitlines():
            pid, _, words = line.strip().partition(" ")
            found[int(pid)] = f"{words} "
        return found
    for folder in [system / str(only)] if only is not None else system.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                raw = (folder / "cmdline").read_bytes()
                found[int(folder.name)] = raw.replace(b"\0", b" ").decode("utf-8", "surrogateescape")
    return found


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _send(pid: int, order: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, order)
