"""The command `zeven`: `zeven --help` lists its commands."""

import os
import sys
from typing import Annotated, Any

import stamina
import typer
from typer.core import TyperGroup

from cli import auditing, demo, erasing, follow, importing, operating, rebuilding, retention, unhandled
from cli.client import Client, announce_retry
from cli.errors import Unable
from cli.history import HistoryUnreadable, MappingInvalid
from cli.options import Url, environment
from cli.terminal import complain, escape_what_cannot_be_shown, say


class Zeven(TyperGroup):
    """Ends with 1 and one line on standard error when a command could not do its work."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        stamina.instrumentation.set_on_retry_hooks([announce_retry])
        try:
            return super().invoke(ctx)
        except (Unable, HistoryUnreadable, MappingInvalid) as reason:
            complain(str(reason))
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=Zeven,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Work with a running Zeven: import history, show the condition of the services and their events.",
    epilog="Address and credentials come from the environment: ZEVEN_URL, ZEVEN_USERNAME, ZEVEN_PASSWORD or ZEVEN_TOKEN.",
)


@app.command()
def run(arguments: Annotated[list[str] | None, typer.Argument(help="Passed to `python -m services`.")] = None) -> None:
    """Start all services in this process (`python -m services`); Ctrl-C stops them."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "services", *(arguments or ())])  # noqa: S606 - no shell is wanted


app.add_typer(importing.app, name="import")
app.add_typer(follow.app, name="events")
app.add_typer(unhandled.dead_letters, name="dead-letters")
app.add_typer(unhandled.quarantine, name="quarantine")
app.add_typer(auditing.app, name="audit")
app.add_typer(erasing.app, name="erase")
app.add_typer(retention.app, name="retention")
app.command()(operating.status)
app.command()(rebuilding.rebuild)
app.command()(demo.demo)
app.command("demo-data")(demo.write_demo_data)


@app.command()
def token(context: typer.Context, url: Url = None) -> None:
    """Print an access token, e.g. for `curl -H "Authorization: Bearer $(zeven token)" …`."""
    with Client(url, environment(context)) as client:
        say(client.token())


def main() -> None:
    """Run the command line; the exit status is 0 only when the command succeeded."""
    escape_what_cannot_be_shown()
    app()


if __name__ == "__main__":
    main()
