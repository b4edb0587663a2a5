"""Which version of Zeven this is, and which commit where that is known."""

import subprocess
from functools import cache
from pathlib import Path

VERSION = "0.1.0"
ROOT = Path(__file__).parent.parent


@cache
def commit_of_clone() -> str | None:
    """The commit that is checked out; None when this is no clone, or git is not installed."""
    if not (ROOT / ".git").exists():
        return None
    try:
        found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
