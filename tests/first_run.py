"""Tests `make run` as a newcomer uses it: one command, a page, a first call; stopped by Ctrl-C, and nothing is lost."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
# seconds; once installed it is promised within 15 on a machine that does nothing else
INSTALLING, STARTING, STOPPING = 600, 60, 10
CALL = {"type": "incident", "title": "No light", "description": "It is dark.", "impact": "high", "urgency": "high"}


def main() -> None:
    """Start, call, stop, start again and read: ends with 1 and a sentence when that does not go as promised."""
    with tempfile.TemporaryDirectory(prefix="zeven-first-run-") as folder:
        Path(folder).chmod(0o711)  # started by root, the database runs as somebody else who must get through
        data = Path(folder) / "data"
        with running(data, INSTALLING) as url:
            assert b"Zeven" in urlopen(f"{url}/", timeout=10).read()
            made = ask(url, "/incident/v1/calls", token(url, data), CALL)
            assert made["record"]["number"].startswith("INC-"), made
            environment = {**os.environ, "ZEVEN_URL": url, "ZEVEN_DATA": str(next(data.rglob("admin-password")).parent)}
            subprocess.run([ROOT / ".venv" / "bin" / "zeven", "status"], env=environment, check=True)
            print(f"first call: {made['number']} became {made['record']['number']}")
        begun = time.monotonic()
        with running(data, STARTING) as url:
            print(f"ready again after {time.monotonic() - begun:.1f} s")
            stored = ask(url, f"/incident/v1/incidents/{made['record']['id']}", token(url, data))
            assert (stored["number"], stored["priority"]) == (made["record"]["number"], "P1"), stored


@contextmanager
def running(data: Path, patience: float) -> Iterator[str]:
    """Zeven, started by `make run` and stopped as Ctrl-C does: every process of the terminal gets the signal."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    own = {"ZEVEN_PORT": str(port), "ZEVEN_DATA": str(data)}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ZEVEN_", "MAKE"))}
    process = subprocess.Popen(["make", "run"], cwd=ROOT, env=inherited | own, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: ready(url) or process.poll() is not None, patience, "`make run` is not ready")
        if process.poll() is not None:
            sys.exit(f"`make run` ended with {process.returncode}")
        yield url
        os.killpg(process.pid, signal.SIGINT)
        until(lambda: gone(process), STOPPING, "Ctrl-C does not stop it")
        if list(data.rglob("postmaster.pid")):
            sys.exit("its database was not stopped in order")
    finally:
        if not gone(process):
            os.killpg(process.pid, signal.SIGKILL)


def until(holds: Any, patience: float, complaint: str) -> None:
    """Return once `holds`; ends with `complaint` when that takes longer than `patience` seconds."""
    ends = time.monotonic() + patience
    while not holds():
        if time.monotonic() > ends:
            sys.exit(f"{complaint} within {patience:.0f} s")
        time.sleep(0.1)


def ready(url: str) -> bool:
    """Whether the whole platform says that it can work."""
    try:
        return bool(json.load(urlopen(f"{url}/readyz", timeout=5))["status"] == "ready")
    except (URLError, OSError, ValueError):
        return False


def gone(process: "subprocess.Popen[bytes]") -> bool:
    """Whether no process of the group is left."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return True
    return False


def token(url: str, data: Path) -> str:
    """A token for admin, with the stored password."""
    password = next(data.rglob("admin-password")).read_text("utf-8").strip()
    form = {"grant_type": "password", "username": "admin", "password": password}
    answer = json.load(urlopen(Request(f"{url}/governance/v1/token", urlencode(form).encode()), timeout=10))
    return str(answer["access_token"])


def ask(url: str, path: str, bearer: str, body: dict[str, Any] | None = None) -> Any:
    """The JSON that `path` answers, to a POST when there is a `body`."""
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    return json.load(urlopen(Request(f"{url}{path}", data, headers), timeout=10))


if __name__ == "__main__":
    main()
