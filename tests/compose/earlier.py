"""The state from which upgrades are tested: a clone of it, started as its own manual says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compose.composed import ROOT, Composed, compose_environment

#: a tag or a commit of this repository; what lies before it is refused, since its migrations exist no more
EARLIER = "563157002ce973c83437a3926c952e72e85d9ef8"


def earlier_commit() -> str:
    """The commit; fails with one sentence when this clone does not have it."""
    found = git(ROOT, "rev-parse", "--verify", "--quiet", f"{EARLIER}^{{commit}}", check=False)
    if not found:
        pytest.fail(
            f"This clone does not hold {EARLIER[:12]}, which upgrades start from: `git fetch --unshallow --tags`."
        )
    return found


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    """What git printed."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=check).stdout.strip()


class Operated(Composed):
    """A platform that an operator runs from a clone of his own, whose `git pull` brings this checkout's commit."""

    def __init__(self) -> None:
        super().__init__(suffix="-operated")
        self.origin, self.clone = self.folder / "origin.git", self.folder / "zeven"
        git(ROOT, "clone", "--quiet", "--bare", "--no-local", f"file://{ROOT}", str(self.origin))
        self.publish(earlier_commit())
        git(self.folder, "clone", "--quiet", "--branch", "operated", str(self.origin), str(self.clone))
        self.env_file.rename(self.clone / ".env")
        self.env_file = self.clone / ".env"

    @property
    def environment(self) -> dict[str, str]:
        """What the operator's shell has set."""
        return compose_environment() | {"COMPOSE_PROJECT_NAME": self.name}

    def publish(self, commit: str) -> None:
        """Let the branch that the operator follows name this commit."""
        git(self.origin, "update-ref", "refs/heads/operated", commit)

    def compose(self, *arguments: str, check: bool = True, given: str | None = None, image: str | None = None) -> str:
        """What `docker compose …` printed in the clone; `image` goes before the one that .env names."""
        environment = self.environment | ({"ZEVEN_IMAGE": image} if image else {})
        command = ["docker", "compose", *arguments]
        done = subprocess.run(
            command, cwd=self.clone, env=environment, input=given, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            sys.stderr.write(done.stdout + done.stderr + self._logs())
            done.check_returncode()
        return done.stdout

    def shell(self, commands: str) -> str:
        """Run the manual's commands in the clone, as an operator types them; returns what they printed."""
        command = ["bash", "-euo", "pipefail", "-c", commands]
        done = subprocess.run(
            command, cwd=self.clone, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr + self._logs())
            done.check_returncode()
        return done.stdout

    def _logs(self) -> str:
        return self.compose("logs", "--no-color", "--tail", "25", check=False)

    def versions(self, service: str) -> set[str | None]:
        """The commits that the replicas of a service say they run."""
        found = set()
        for index, _ in enumerate(self.containers(service), start=1):
            found.add(json.loads(self.python(service, READ_READINESS % service, index=index))["commit"])
        return found


READ_READINESS = """
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:8000/%s/readyz").read().decode())
"""


def head() -> str:
    """The commit that is tested; what is not committed is not in it."""
    return git(ROOT, "rev-parse", "HEAD")
