"""`make image`: an image for each version and commit, which .env names from then on."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from shared.version import VERSION

IMAGE = Path(__file__).resolve().parents[2] / "deploy" / "image.py"
#: writes down what it was asked, and knows one image
DOCKER = """#!/bin/sh
echo "$@" >>"$0.asked"
case "$*" in "image inspect zeven:there") ;; "image inspect"*) exit 1 ;; build*) [ ! -e "$0.broken" ] ;; esac
"""


class Clone:
    """A clone with one commit, its .env, and a Docker that builds nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.env, self.docker = folder / "zeven", folder / "zeven" / ".env", folder / "bin" / "docker"
        for path in ("deploy", "shared"):
            (self.folder / path).mkdir(parents=True)
        shutil.copy(IMAGE, self.folder / "deploy")
        (self.folder / "shared" / "version.py").write_text(f'VERSION = "{VERSION}"\n', "utf-8")
        (self.folder / ".gitignore").write_text(".env\n", "utf-8")
        self.docker.parent.mkdir()
        self.docker.write_text(DOCKER, "utf-8")
        self.docker.chmod(0o755)
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "One.")
        self.commit = self.git("rev-parse", "HEAD").strip()
        self.env.write_text("ZEVEN_SECRET=kept\n", "utf-8")
        self.env.chmod(0o600)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def image(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        path = {"PATH": f"{self.docker.parent}:/usr/local/bin:/usr/bin:/bin"}
        command = [sys.executable, self.folder / "deploy" / "image.py", *arguments]
        return subprocess.run(command, env=path | environment, capture_output=True, text=True, check=False)

    @property
    def asked(self) -> str:
        """What Docker was asked."""
        return Path(f"{self.docker}.asked").read_text("utf-8")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_each_commit_has_an_image_of_its_own_which_env_names(clone: Clone) -> None:
    name = f"zeven:{VERSION}-{clone.commit[:12]}"
    assert clone.image().returncode == 0
    assert clone.env.read_text("utf-8") == f"ZEVEN_SECRET=kept\nZEVEN_IMAGE={name}\n"
    assert stat.S_IMODE(clone.env.stat().st_mode) == 0o600
    assert f"--tag {name}" in clone.asked
    assert f"ZEVEN_COMMIT={clone.commit}" in clone.asked
    (clone.folder / "shared" / "version.py").write_text(f'VERSION = "{VERSION}"\n# changed\n', "utf-8")
    assert f"{name}-modified instead of {name}." in clone.image().stdout
    assert clone.env.read_text("utf-8") == f"ZEVEN_SECRET=kept\nZEVEN_IMAGE={name}-modified\n"


def test_an_image_that_is_there_is_selected_and_nothing_is_built(clone: Clone) -> None:
    assert clone.image("zeven:there").returncode == 0
    assert "ZEVEN_IMAGE=zeven:there\n" in clone.env.read_text("utf-8")
    assert "build" not in clone.asked


def test_what_cannot_be_done_changes_nothing_and_is_one_sentence(clone: Clone) -> None:
    before = clone.env.read_text("utf-8")
    gone = clone.image("zeven:gone")
    assert (gone.returncode, gone.stderr.count("\n")) == (1, 1)
    assert "there is no image zeven:gone here" in gone.stderr
    assert "unset it first" in clone.image(ZEVEN_IMAGE="other").stderr
    Path(f"{clone.docker}.broken").touch()
    assert ".env is not changed" in clone.image().stderr
    assert clone.env.read_text("utf-8") == before
    clone.env.unlink()
    assert "run `make env` first" in clone.image().stderr
