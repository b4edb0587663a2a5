"""A RabbitMQ for tests: the one that ZEVEN_TEST_BUS_URL names, or one that tests may stop, kill and start again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

DEBIAN = Path("/usr/lib/rabbitmq/bin")  # the scripts themselves; those in /usr/sbin change the account first
STARTED_WITHIN = 90.0  # seconds
INSTALL = (
    "These tests need RabbitMQ: set ZEVEN_TEST_BUS_URL to amqp://user:password@host/, "
    "or install the Debian package rabbitmq-server (apt-get install rabbitmq-server)."
)


class NoBroker(Exception):
    """There is no RabbitMQ to be had; the message says what to install."""


class Broker:
    """A RabbitMQ on the loopback with ports, files and a port mapper of its own."""

    def __init__(self) -> None:
        self._programs = {name: _program(name) for name in ("rabbitmq-server", "rabbitmqctl", "epmd")}
        self.folder = Path(tempfile.mkdtemp(prefix="zeven-broker-"))
        self._port, self._distribution, self._mapper_port = _free_ports(3)
        self._mapper: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.url_for("guest", "guest")

    def url_for(self, user: str, password: str) -> str:
        """Where it listens, for one of its users."""
        return f"amqp://{user}:{password}@127.0.0.1:{self._port}/"

    def control(self, *arguments: str) -> str:
        """What `rabbitmqctl` prints; `RuntimeError` with its reason when it fails."""
        command = [self._programs["rabbitmqctl"], "--quiet", *arguments]
        done = subprocess.run(
            command, env=self._environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self) -> None:
        """Run it; returns once it takes connections."""
        environment = self._environment()
        if self._mapper is None:
            self._mapper = _begun([self._programs["epmd"], "-port", str(self._mapper_port)], environment)
        if self._server is None:
            self._server = _begun([self._programs["rabbitmq-server"]], environment)
        given_up = time.monotonic() + STARTED_WITHIN
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > given_up:
                raise NoBroker(f"rabbitmq-server does not start: {self._last_words()}")
            time.sleep(0.1)

    @property
    def settled(self) -> bool:
        """Whether every quorum queue is written down by name; one that is younger does not survive a kill."""
        folders = [path for path in self.folder.glob("mnesia/*/quorum/*/*") if path.is_dir()]
        books = [path.read_bytes() for path in self.folder.glob("mnesia/*/quorum/*/*.dets")]
        return all(folder.name.encode() in book for folder in folders for book in books)

    def pause(self) -> None:
        """Let it hang: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Wake it from `pause`."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Let it end in order."""
        self._end(signal.SIGTERM)

    def remove(self) -> None:
        """Kill it and drop its files."""
        self.kill()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._signal(how)
            self._server.wait()
            self._server = None

    def _signal(self, which: signal.Signals) -> None:
        assert self._server is not None
        os.killpg(self._server.pid, which)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return connection.recv(1) == b"\x01"  # the frame with which a server begins
        except OSError:
            return False

    def _last_words(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return " ".join(log.read_text(errors="replace")[-1000:] for log in logs) or "it left no log"

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        for empty in ("environment.conf", "rabbitmq.conf", "enabled_plugins"):
            (folder / empty).touch()
        (folder / "enabled_plugins").write_text("[].\n")
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._mapper_port),
            "RABBITMQ_NODENAME": f"zeven-tests-{os.getpid()}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "environment.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_ALLOW_INPUT": "",
        }


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{DEBIAN}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise NoBroker(f"{INSTALL} ({name} is missing)")
    return found


def _begun(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(
        command, env=environment, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
    )


def _free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports
