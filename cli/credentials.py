"""The platform's address and who signs in: from the environment, or from the data folder of a platform on this machine."""

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
DEFAULT_PORT = "8080"
NOTHING_FOUND = (
    "No password: set ZEVEN_PASSWORD (with ZEVEN_USERNAME, {username} when absent) or ZEVEN_TOKEN. "
    "The password of admin is in the file admin-password of the platform's data folder. Files that were tried: {files}."
)


@dataclass(frozen=True)
class Identity:
    """Who signs in: a `token`, or a name and password; `origin` says where they come from."""

    origin: str
    token: str | None = None
    username: str = FIRST_PERSON
    password: str = ""


def address(given: str | None = None) -> str:
    """The platform's URL without a slash at its end: `given`, else ZEVEN_URL, else this machine's port ZEVEN_PORT or 8080.

    Raises `Unable` when that is not an http or https URL.
    """
    url = given or os.environ.get("ZEVEN_URL") or f"http://127.0.0.1:{_port()}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Unable(
            f"{url!r} is not the address of a platform; an address looks like http://127.0.0.1:8080 (--url or ZEVEN_URL)."
        )
    return url.rstrip("/")


def identity() -> Identity:
    """Who signs in: ZEVEN_TOKEN, else ZEVEN_USERNAME (admin) with ZEVEN_PASSWORD or the password that the platform stored.

    Raises `Unable` with the files that were tried.
    """
    if token := secret("ZEVEN_TOKEN"):
        return Identity("ZEVEN_TOKEN", token=token.strip())
    username = os.environ.get("ZEVEN_USERNAME") or FIRST_PERSON
    if password := secret("ZEVEN_PASSWORD"):
        return Identity("ZEVEN_PASSWORD", username=username, password=password)
    tried: list[str] = []
    if username == FIRST_PERSON:
        for file in dict.fromkeys(_password_files()):
            try:
                password = file.read_text(encoding="utf-8").strip()
            except FileNotFoundError:
                tried.append(str(file))
            except (OSError, UnicodeDecodeError) as refusal:
                tried.append(f"{file} ({getattr(refusal, 'strerror', None) or 'not readable as text'})")
            else:
                return Identity(str(file), username=username, password=password)
        if password := secret("ZEVEN_ADMIN_PASSWORD"):
            return Identity("ZEVEN_ADMIN_PASSWORD", username=username, password=password)
    raise Unable(
        NOTHING_FOUND.format(
            username=username, files=", ".join(tried) or "none, as the platform stores no other password"
        )
    )


def secret(variable: str) -> str | None:
    """The value of a variable, or the content of the file that `<variable>_FILE` names. Raises `Unable` without that file."""
    value, path = os.environ.get(variable), os.environ.get(f"{variable}_FILE")
    if not path:
        return value
    if value:
        raise Unable(f"{variable} and {variable}_FILE are both set; leave one of them out.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as refusal:
        why = getattr(refusal, "strerror", None) or "it is not a text"
        raise Unable(f"{variable}_FILE: the file {path} cannot be read ({why}).") from None


def _port() -> str:
    """The port of the platform on this machine; an address such as tcp://10.0.0.1:8080, which orchestrators put here, is none."""
    port = os.environ.get("ZEVEN_PORT") or DEFAULT_PORT
    return DEFAULT_PORT if port.startswith(("tcp://", "udp://")) else port


def _password_files() -> Iterator[Path]:
    """Files that may hold the password of admin, in the order in which they are tried."""
    if folder_set := os.environ.get("ZEVEN_DATA"):
        yield Path(folder_set) / "admin-password"
        return
    for folder in (Path.cwd() / "data", PROJECT / "data"):
        yield folder / "admin-password"
        # the data folder that root's platform uses when its server cannot reach `folder`
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        yield SYSTEM_FOLDER / digest / "admin-password"
