"""Where the platform is and who is asking: from the environment, or from the folder where the platform keeps its secrets."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cli.errors import Unable

PROJECT = Path(__file__).resolve().parent.parent
SYSTEM_FOLDER = Path("/var/lib/zeven")
FIRST_PERSON = "admin"
NOTHING_FOUND = (
    "No password: set ZEVEN_PASSWORD (with ZEVEN_USERNAME, {username} when absent) or ZEVEN_TOKEN. "
    "Whoever started the platform finds the password of admin in the file admin-password of its data folder; "
    "looked for {places}."
)


@dataclass(frozen=True)
class Identity:
    """Who is asking: a `token`, or a name and password; `found` says where they come from."""

    found: str
    token: str | None = None
    username: str = FIRST_PERSON
    password: str = ""


def address(given: str | None = None) -> str:
    """The platform's URL without a slash at its end: `given`, else ZEVEN_URL, else this machine's port ZEVEN_PORT or 8080.

    Raises `Unable` for what is no http or https URL.
    """
    url = given or os.environ.get("ZEVEN_URL") or f"http://127.0.0.1:{os.environ.get('ZEVEN_PORT') or '8080'}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Unable(f"{url!r} is no address of a platform; it looks like http://127.0.0.1:8080 (--url or ZEVEN_URL).")
    return url.rstrip("/")


def identity() -> Identity:
    """Who is asking: ZEVEN_TOKEN, else ZEVEN_USERNAME (admin) with ZEVEN_PASSWORD or the password that the platform kept.

    Raises `Unable` with the places that were looked at.
    """
    if token := os.environ.get("ZEVEN_TOKEN"):
        return Identity("ZEVEN_TOKEN", token=token.strip())
    username = os.environ.get("ZEVEN_USERNAME") or FIRST_PERSON
    if password := os.environ.get("ZEVEN_PASSWORD"):
        return Identity("ZEVEN_PASSWORD", username=username, password=password)
    looked: list[str] = []
    if username == FIRST_PERSON:
        for place in dict.fromkeys(_places()):
            try:
                password = place.read_text(encoding="utf-8").strip()
            except FileNotFoundError:
                looked.append(str(place))
            except (OSError, UnicodeDecodeError) as refusal:
                looked.append(f"{place} ({getattr(refusal, 'strerror', None) or 'not readable as text'})")
            else:
                return Identity(str(place), username=username, password=password)
        if password := os.environ.get("ZEVEN_ADMIN_PASSWORD"):
            return Identity("ZEVEN_ADMIN_PASSWORD", username=username, password=password)
    raise Unable(NOTHING_FOUND.format(username=username, places=", ".join(looked) or "nothing else for other names"))


def _places() -> Iterator[Path]:
    """Files that may hold the password of admin, the likeliest first."""
    if told := os.environ.get("ZEVEN_DATA"):
        yield Path(told) / "admin-password"
        return
    for folder in (Path.cwd() / "data", PROJECT / "data"):
        yield folder / "admin-password"
        # where a platform that root starts beneath a private home keeps the data of `folder`
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        yield SYSTEM_FOLDER / digest / "admin-password"
