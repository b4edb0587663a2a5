"""The URLs of the settings, checked before anything is started; a message says what is wrong and never repeats a password."""

from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

#: what stands for {service} and {password} while a URL is checked
_FILLED = "filled"
POSTGRESQL = "postgresql+asyncpg"
#: names of the same scheme elsewhere
_POSTGRESQL = (POSTGRESQL, "postgresql", "postgres")


def http_url(text: str) -> str:
    """The URL of a web address; `ValueError` says what is wrong."""
    _check(text, ("http", "https"), "http://host:8080")
    return text


def database_url(text: str) -> str:
    """The URL of a PostgreSQL database, with the scheme that the driver needs; `ValueError` says what is wrong."""
    _check(text, _POSTGRESQL, f"{POSTGRESQL}://{{service}}:{{password}}@host:5432/{{service}}", database=True)
    return f"{POSTGRESQL}:{text.partition(':')[2]}"


def bus_url(text: str) -> str:
    """The URL of a RabbitMQ, or `memory:`; `ValueError` says what is wrong."""
    if text not in ("memory:", "memory://"):
        _check(text, ("amqp", "amqps"), "memory: or amqp://{service}:{password}@host:5672/")
    return text


def place_of(url: str) -> str:
    """Host and port of a URL, for messages."""
    parts = urlsplit(url)
    host = parts.hostname or "".join(parse_qs(parts.query).get("host", ["this machine"])[:1])
    return f"{host}:{parts.port}" if parts.port else host


def _check(text: str, schemes: Collection[str], example: str, *, database: bool = False) -> None:
    if wrong := _wrong(text, schemes, database=database):
        raise ValueError(f"{wrong}; it looks like {example}")


def _wrong(text: str, schemes: Collection[str], *, database: bool) -> str | None:
    """What is wrong with a URL, if anything is."""
    filled = text.replace("{service}", _FILLED).replace("{password}", _FILLED)
    try:
        parts = urlsplit(filled)
    except ValueError:
        return "is not a URL"
    try:
        port_fits = parts.port != 0
    except ValueError:
        port_fits = False
    wrong = {
        "has a space or an invisible character in it": not text.isprintable() or " " in text,
        "has braces around something else than service or password": "{" in filled or "}" in filled,
        f"does not begin with {' or '.join(f'{scheme}://' for scheme in schemes)}": parts.scheme not in schemes,
        "has a port that is no number from 1 to 65535": not port_fits,
        "names no host": not parts.hostname and not (database and "host" in parse_qs(parts.query)),
        "names no database": database and not parts.path.strip("/"),
    }
    return next((what for what, found in wrong.items() if found), None)
