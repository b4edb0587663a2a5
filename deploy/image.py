"""Builds the image of this checkout and lets docker compose run it: `python3 deploy/image.py`.

The image is named by version and commit, so that a new version is never taken for one that was built before, and the one before
stays for a way back: `python3 deploy/image.py zeven:0.1.0-…` builds nothing and selects an image that is there.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SELECTED = re.compile(r"^ZEVEN_IMAGE=(.*)\n?", re.MULTILINE)
# Taken from the environment, for machines that use their own package index or a proxy.
FROM_ENVIRONMENT = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")


class CannotContinue(Exception):
    """Something is missing; the text also says what to do about it."""


def version() -> str:
    """The version in the code of this checkout."""
    text = (ROOT / "shared" / "version.py").read_text(encoding="utf-8")
    (found,) = re.findall(r'^VERSION = "(.+)"$', text, re.MULTILINE)
    return str(found)


def commit() -> str | None:
    """The commit that is checked out; None when this is no clone."""
    return _git("rev-parse", "HEAD")


def image() -> str:
    """The name of this checkout's image: `-modified` says that it contains more than its commit."""
    known = commit()
    if known is None:
        return f"zeven:{version()}"
    return f"zeven:{version()}-{known[:12]}" + ("-modified" if _git("status", "--porcelain") else "")


def build(name: str) -> None:
    """Build this checkout's image; Docker shows how far it is."""
    passed = [argument for each in FROM_ENVIRONMENT if each in os.environ for argument in ("--build-arg", each)]
    command = ["docker", "build", "--file", "deploy/Dockerfile", "--tag", name, *passed]
    command += ["--build-arg", f"ZEVEN_COMMIT={commit() or ''}", "."]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise CannotContinue("the image could not be built; what was running goes on, and .env is not changed.")


def exists(name: str) -> bool:
    """Whether Docker has the image here."""
    return subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode == 0


def select(name: str, env: Path) -> str | None:
    """Name the image in the file of settings; returns the one that was named there before."""
    text = env.read_text(encoding="utf-8")
    before = SELECTED.search(text)
    rest = SELECTED.sub("", text)
    rest += "" if not rest or rest.endswith("\n") else "\n"
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=env.parent, delete=False) as file:
        file.write(f"{rest}ZEVEN_IMAGE={name}\n")
    Path(file.name).chmod(env.stat().st_mode & 0o777)
    Path(file.name).replace(env)
    return before[1] if before else None


def _git(*arguments: str) -> str | None:
    if not (ROOT / ".git").exists():
        return None
    try:
        found = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def select_named_or_built(named: str | None, env: Path) -> str:
    """Build this checkout's image, or take the one that was named, and select it; returns what to tell the operator."""
    if "ZEVEN_IMAGE" in os.environ:
        raise CannotContinue("the variable ZEVEN_IMAGE is set and would go before .env: unset it first.")
    if not env.exists():
        raise CannotContinue(f"{env} is not there: run `make env` first.")
    if named is not None and not exists(named):
        raise CannotContinue(f"there is no image {named} here; `docker image ls zeven` shows those that are.")
    name = named or image()
    if named is None:
        build(name)
    before = select(name, env)
    return f"{env} names {name}" + ("." if before in (None, name) else f" instead of {before}.")


def main() -> None:
    """Do what the command line says; exits with 1 and one sentence when that is impossible."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("image", nargs="?", help="an image that is there, instead of building one")
    parser.add_argument("--env", type=Path, default=ROOT / ".env", help="the settings of docker compose (.env)")
    given = parser.parse_args()
    try:
        print(f"zeven: {select_named_or_built(given.image, given.env)}")
    except CannotContinue as refusal:
        sys.exit(f"zeven: {refusal}")


if __name__ == "__main__":
    main()
