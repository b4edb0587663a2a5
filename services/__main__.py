"""All services in one process: `python -m services`, and the commands for all of them together.

python -m services                            serve everything on one port
python -m services migrate                    schemas, queues and first records, then end
python -m services wait SERVICE               end once `migrate` has brought the service's database to this version
python -m services revision SERVICE MESSAGE   write the migration that the changed models need
python -m services openapi FOLDER             write each OpenAPI document and the merged one
python -m services settings                   print the table of settings in docs/operations.md
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from services.change.manifest import SERVICE as CHANGE
from services.governance.manifest import SERVICE as GOVERNANCE
from services.incident.manifest import SERVICE as INCIDENT
from services.knowledge.manifest import SERVICE as KNOWLEDGE
from services.service_level.manifest import SERVICE as SERVICE_LEVEL
from shared import revision, serve
from shared.http import export
from shared.runtime import Service
from shared.settings import as_markdown

SERVICES = (INCIDENT, CHANGE, KNOWLEDGE, SERVICE_LEVEL, GOVERNANCE)


def _serve(_: argparse.Namespace) -> None:
    serve.main(SERVICES, everything=True)


def _migrate(_: argparse.Namespace) -> None:
    serve.main(SERVICES, command="migrate")


def _wait(given: argparse.Namespace) -> None:
    serve.main(_named(given.service), command="wait")


def _named(name: str) -> tuple[Service, ...]:
    return tuple(each for each in SERVICES if each.name == name)


def _revision(given: argparse.Namespace) -> None:
    (service,) = _named(given.service)
    path = revision.write(service, given.message)
    sys.stdout.write(f"{path or 'The migrations match the models: nothing to write.'}\n")


def _openapi(given: argparse.Namespace) -> None:
    export.write(SERVICES, given.folder, merged=True)


def _settings(_: argparse.Namespace) -> None:
    sys.stdout.write(as_markdown({service.name: service.settings for service in SERVICES}))


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], None], str]] = {
    "serve": (_serve, "serve everything on one port (the default)"),
    "migrate": (_migrate, "create schemas, queues and first records, then end"),
    "wait": (_wait, "end once `migrate` has brought a service's database to this version or beyond"),
    "revision": (_revision, "write the migration that the changed models need"),
    "openapi": (_openapi, "write each OpenAPI document and the merged one"),
    "settings": (_settings, "print the settings as Markdown"),
}


def main() -> None:
    """Run the command that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m services", description="All services of Zeven in one process.")
    commands = parser.add_subparsers(metavar="COMMAND")
    parser.set_defaults(run=_serve)
    parts = {}
    for name, (run, text) in COMMANDS.items():
        parts[name] = commands.add_parser(name, help=text, description=text)
        parts[name].set_defaults(run=run)
    for name in ("wait", "revision"):
        parts[name].add_argument("service", choices=[service.name for service in SERVICES])
    parts["revision"].add_argument("message", help="what the migration is about, in a few words")
    parts["openapi"].add_argument("folder", type=Path)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
