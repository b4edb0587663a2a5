"""Whether the databases of the settings can be used; what is wrong ends the start with one sentence that names the variable."""

import asyncio
import socket
from collections.abc import Callable, Sequence

import asyncpg
import structlog

from shared import database
from shared.runtime import Service
from shared.settings import WrongSetting
from shared.urls import place_of

log = structlog.get_logger(__name__)
#: the setting by which the services connect, and the one for the owners of the tables
OF_SERVICES, OF_OWNERS = "ZEVEN_DATABASE_URL", "ZEVEN_MIGRATION_DATABASE_URL"
#: faults that end only when somebody changes a setting, or the server's rights
_LASTING = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)


async def check_databases(
    services: Sequence[Service], url_of: Callable[[str], str], variable: str, *, waiting: bool
) -> None:
    """`WrongSetting` when the database of one of the services cannot be used by its URL, which comes from `variable`.

    With `waiting` a server that cannot be reached at the moment is only logged: the service waits for it.
    """
    checks = (_check(service, url_of(service.name), variable, waiting=waiting) for service in services)
    for found in await asyncio.gather(*checks, return_exceptions=True):
        if isinstance(found, BaseException):
            raise found


async def _check(service: Service, url: str, variable: str, *, waiting: bool) -> None:
    try:
        await (await database.connect(url)).close()
    except Exception as error:
        if not isinstance(error, _LASTING) and not _is_expected(error):
            raise
        sentence = f"{variable}: the database of {service.name} at {place_of(url)} cannot be used, because {_why(error, variable)}"
        if waiting and not isinstance(error, _LASTING):
            log.warning("the database cannot be reached yet", service=service.name, reason=sentence)
            return
        raise WrongSetting(f"{sentence}.") from None


def _is_expected(error: Exception) -> bool:
    return isinstance(
        error, OSError | ValueError | asyncpg.PostgresError | asyncpg.InterfaceError | asyncpg.InternalClientError
    )


def _why(error: Exception, variable: str) -> str:
    """What is wrong, without anything that may be secret."""
    passwords = variable.replace("_URL", "_PASSWORD")
    answers = f"the server answers: {error.args[0] if error.args else ''}"
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (
            asyncpg.InvalidAuthorizationSpecificationError,
            f"it refuses the login; compare its password with {passwords} and {passwords}_<SERVICE>",
        ),
        (asyncpg.InvalidCatalogNameError, "there is no database of this name"),
        (asyncpg.PostgresError, answers),
        (socket.gaierror, "its host name is not known"),
        (TimeoutError, "it does not answer within 10 seconds"),
        (ConnectionRefusedError, "nothing listens there"),
        (ConnectionError, "it closes the connection"),
    )
    known = next((reason for kind, reason in reasons if isinstance(error, kind)), None)
    return (
        known or getattr(error, "strerror", None) or f"it does not answer as a PostgreSQL does ({type(error).__name__})"
    )
