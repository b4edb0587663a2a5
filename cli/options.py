"""What several commands take: the platform's address, a service, JSON instead of tables; and what tests put in their way."""

from typing import Annotated

import typer

from cli.client import Surroundings
from cli.platform import named

Url = Annotated[
    str | None,
    typer.Option("--url", envvar="ZEVEN_URL", help="The platform; http://127.0.0.1:$ZEVEN_PORT (8080) when absent."),
]
ServiceArgument = Annotated[
    str, typer.Argument(parser=named, metavar="SERVICE", help="A service, e.g. service_level or service-level.")
]
OneService = Annotated[
    str | None, typer.Option("--service", parser=named, metavar="SERVICE", help="Only this service.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table for people.")]


def surroundings(context: typer.Context) -> Surroundings:
    """The network and the time that the command has been given."""
    given = context.obj
    return given if isinstance(given, Surroundings) else Surroundings()
