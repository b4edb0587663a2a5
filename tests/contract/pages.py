"""The tables of events in the READMEs of the services, generated from the handlers and the contracts."""

from collections.abc import Callable
from pathlib import Path

from services.__main__ import SERVICES
from shared.contracts.envelope import TYPES, Event
from shared.runtime import Service

ROOT = Path(__file__).parents[2]
RECEIVED, PUBLISHED = "events received", "events published"
#: what every service publishes that mounts notes, links or confidential access
OF_ANY_RECORD = "shared.contracts.records"


def received(service: Service) -> str:
    """Every event that a service handles, by type or family, and what it does with it."""
    rows: dict[str, list[str]] = {}
    for copy in service.copies:
        rows.setdefault(copy.of.pattern(), []).append(f"copy: {_said(copy)}")
    for kind, handler in service.handlers.items():
        rows.setdefault(kind.pattern(), []).append(_said(handler))
    lines = [f"| `{pattern}` | {'; '.join(effects)} |" for pattern, effects in sorted(rows.items())]
    return "\n".join(["| Event | Effect |", "|---|---|", *lines])


def published(service: Service) -> str:
    """Every event that a service publishes by itself, and when."""
    lines = [f"| `{kind.type}` | {_said(kind)} |" for kind in events_of(service)]
    return "\n".join(["| Event | When |", "|---|---|", *lines])


def events_of(service: Service) -> list[type[Event]]:
    """The events of a service's contract, in the order of the file."""
    return [kind for kind in TYPES.values() if kind.__module__ == f"shared.contracts.{service.name}"]


def generated() -> dict[tuple[str, str], Callable[[], str]]:
    """What stands between the marks of the READMEs that have them."""
    found: dict[tuple[str, str], Callable[[], str]] = {}
    for service in SERVICES:
        page = f"services/{service.name}/README.md"
        text = (ROOT / page).read_text("utf-8")
        for mark, table in ((RECEIVED, received), (PUBLISHED, published)):
            if f"<!-- {mark} -->" in text:
                found[page, mark] = lambda table=table, service=service: table(service)
    return found


def _said(thing: object) -> str:
    """The first sentence of a docstring, on one line."""
    text = " ".join((getattr(thing, "func", thing).__doc__ or "").split("\n\n")[0].split())
    return text.rstrip(".").replace("|", "\\|")
