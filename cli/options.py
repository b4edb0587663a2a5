"""Options of several commands: the platform's address, a service, JSON instead of tables; and the environment they use."""

from typing import Annotated

import typer

from cli.client import Environment
from cli.platform import service_named

Url = Annotated[
    str | None,
    typer.Option("--url", envvar="ZEVEN_URL", help="The platform; http://127.0.0.1:$ZEVEN_PORT (8080) when absent."),
]
ServiceArgument = Annotated[
    str, typer.Argument(parser=service_named, metavar="SERVICE", help="A service, e.g. service_level or service-level.")
]
OneService = Annotated[
    str | None, typer.Option("--service", parser=service_named, metavar="SERVICE", help="Only this service.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table for people.")]


def environment(context: typer.Context) -> Environment:
    """The network and the clock that the command uses: those of this machine, or those that a test gives it."""
    given = context.obj
    return given if isinstance(given, Environment) else Environment()
