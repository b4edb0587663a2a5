"""The platform of docker-compose.yml with its own name, port and secrets, so that it does not disturb another one."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES = ("incident", "change", "knowledge", "service-level", "governance")
#: ends the service, but not the process that keeps the container: what a crash or the kernel's memory killer does
KILL = """
import os, signal
for pid in filter(str.isdigit, os.listdir("/proc")):
    words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\\0")
    if b"-m" in words and any(word.startswith(b"services") for word in words):
        if words[0].endswith(b"python"):
            os.kill(int(pid), signal.SIGKILL)
"""


#: what the gateway answers for a service that is away
AWAY = (502, 503, 504)


#: a client for many people at once, some of whom wait
MANY = httpx2.Limits(max_connections=2000, max_keepalive_connections=100)


class Patient(httpx2.AsyncHTTPTransport):
    """Asks again as long as a service is away, but only what may be asked twice."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer of a service that is there; after a minute, whatever is said instead of it."""
        given_up = time.monotonic() + 60
        while True:
            answer = await super().handle_async_request(request)
            if request.method != "GET" or answer.status_code not in AWAY or time.monotonic() > given_up:
                return answer
            await answer.aclose()
            await asyncio.sleep(0.2)


class Composed:
    """One run of the composition; `remove` leaves nothing of it behind."""

    def __init__(self, *files: str, suffix: str = "") -> None:
        self.files = files or ("docker-compose.yml",)
        self.folder = Path(tempfile.mkdtemp(prefix="zeven-compose-"))
        self.name = f"zeven-tests-{os.getpid()}{suffix}"
        self.port, self.prometheus_port = _free_port(), _free_port()
        self.env_file = self.folder / "secrets.env"
        subprocess.run([sys.executable, ROOT / "deploy" / "bootstrap.py", "env", self.env_file], check=True)
        self.set("ZEVEN_PORT", str(self.port))
        self.set("ZEVEN_PROMETHEUS_PORT", str(self.prometheus_port))

    def set(self, name: str, value: str) -> None:
        """Give a variable this value, from the next command on."""
        with self.env_file.open("a", encoding="utf-8") as file:
            file.write(f"{name}={value}\n")

    def build(self) -> None:
        """Build this checkout's image, and select it, as `make image` does."""
        command = [sys.executable, ROOT / "deploy" / "image.py", "--env", self.env_file]
        subprocess.run(command, env=compose_environment(), check=True)

    @property
    def url(self) -> str:
        """The gateway."""
        return f"http://localhost:{self.port}"

    def secret(self, name: str) -> str:
        """A value of the file of secrets."""
        lines = self.env_file.read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)[name]

    def compose(self, *arguments: str, check: bool = True, given: str | None = None) -> str:
        """What `docker compose …` printed; `CalledProcessError` with its words when it failed."""
        done = self._run(arguments, given)
        if check and done.returncode:
            done.args = " ".join(map(str, arguments))
            sys.stderr.write(done.stdout + done.stderr)
            done.check_returncode()
        return done.stdout

    def refused(self, *arguments: str) -> str:
        """Why `docker compose …` failed; that it did not is a failure."""
        done = self._run(arguments, None)
        assert done.returncode, done.stdout
        return done.stderr

    def _run(self, arguments: Sequence[str], given: str | None) -> "subprocess.CompletedProcess[str]":
        files = [part for file in self.files for part in ("--file", file)]
        command = [
            "docker",
            "compose",
            "--project-name",
            self.name,
            "--env-file",
            str(self.env_file),
            *files,
            *arguments,
        ]
        return subprocess.run(
            command, cwd=ROOT, env=compose_environment(), input=given, capture_output=True, text=True, check=False
        )

    def up(self, *arguments: str) -> None:
        """Start what is not there yet; returns when everything is ready."""
        self.compose("up", "--detach", "--wait", "--wait-timeout", "300", *arguments)

    def containers(self, service: str) -> list[dict[str, Any]]:
        """What Docker knows of the service's containers."""
        ids = self.compose("--profile", "*", "ps", "--all", "--quiet", service).split()
        output = subprocess.run(["docker", "inspect", *ids], capture_output=True, text=True, check=True)
        return list(json.loads(output.stdout))

    def python(self, service: str, code: str, *, index: int = 1) -> str:
        """What `code` printed inside a container of the service."""
        return self.compose("exec", "-T", "--index", str(index), service, "python", "-", given=code)

    def kill(self, service: str, *, index: int = 1) -> None:
        """Kill -9 of the service inside its container."""
        self.compose("exec", "-T", "--index", str(index), service, "python", "-", check=False, given=KILL)

    def logs(self) -> str:
        """The last words of every container."""
        return self.compose("ps", "--all", check=False) + self.compose(
            "logs", "--no-color", "--tail", "60", check=False
        )

    def remove(self) -> None:
        """End everything and drop its data."""
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def signed_in(self) -> httpx2.AsyncClient:
        """A client of the gateway that speaks for admin, and asks again where a service is away."""
        form = {"grant_type": "password", "username": "admin", "password": self.secret("ZEVEN_ADMIN_PASSWORD")}
        async with httpx2.AsyncClient(base_url=self.url, timeout=30) as client:
            answer = await client.post("/governance/v1/token", data=form)
        assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=30, transport=Patient(limits=MANY))


def compose_environment() -> dict[str, str]:
    """The environment without a platform's own settings, which would go before the file of secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("ZEVEN_", "COMPOSE_"))}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
