"""The OpenAPI documents of services that need not run, each for itself and merged into one for the whole platform."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from shared.access import Verifier
from shared.bus import bus_for
from shared.http.application import VERSION, WHO_ASKS, application
from shared.runtime import Running, Service
from shared.settings import Settings

NOWHERE = "postgresql+asyncpg://nobody@localhost/nothing"
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
SCHEMAS = "#/components/schemas/"


def write(services: Sequence[Service], folder: Path) -> None:
    """Write `<service>.json` for each service and `zeven.json` for all of them into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = {service.name: document(service) for service in services}
    for name, each in {**documents, "zeven": merged(documents)}.items():
        (folder / f"{name}.json").write_text(json.dumps(each, indent=2, ensure_ascii=False) + "\n", "utf-8")


def document(service: Service) -> dict[str, Any]:
    """The OpenAPI document that the service serves; no database is asked."""

    async def no_keys() -> dict[str, Any]:
        return {"keys": []}

    running = Running(
        service, url=NOWHERE, bus=bus_for("memory:"), verifier=Verifier("nobody", no_keys), config=Settings()
    )
    return application(running).openapi()


def merged(documents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One document of all: operations, and schemas that differ between services, carry the service's name in front.

    Raises `ValueError` when such a name is taken already.
    """
    told: dict[str, Any] = {
        "openapi": next(iter(documents.values()))["openapi"],
        "info": {
            "title": "Zeven",
            "summary": "All services behind one address.",
            "description": WHO_ASKS,
            "version": VERSION,
        },
        "paths": {},
        "components": {"schemas": {}},
    }
    theirs = _differing({name: each["components"]["schemas"] for name, each in documents.items()})
    for service, original in documents.items():
        each = json.loads(json.dumps(original))
        names = {name: f"{_camel(service)}{name}" for name in theirs & each["components"]["schemas"].keys()}
        _point_to(each, names)
        for operation in _operations(each["paths"]):
            operation["operationId"] = f"{service}_{operation['operationId']}"
        told["paths"] |= each["paths"]
        for kind, parts in each["components"].items():
            renamed = {names.get(name, name): part for name, part in parts.items()} if kind == "schemas" else parts
            for name, part in renamed.items():
                if told["components"].setdefault(kind, {}).setdefault(name, part) != part:
                    raise ValueError(f"{name} of {service} is something else in another service")
    return told


def _operations(paths: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return (operation for path in paths.values() for method, operation in path.items() if method in METHODS)


def _differing(schemas: dict[str, dict[str, Any]]) -> set[str]:
    """Names that mean different things in different services, by themselves or by what they refer to."""
    uses = Counter(name for each in schemas.values() for name in each)
    several = {name for name, count in uses.items() if count > 1}
    differing: set[str] = set()
    while True:
        found = {
            name
            for name in several - differing
            if len({json.dumps(each[name], sort_keys=True) for each in schemas.values() if name in each}) > 1
            or any(_refers(each[name], differing) for each in schemas.values() if name in each)
        }
        if not found:
            return differing
        differing |= found


def _refers(schema: object, names: set[str]) -> bool:
    text = json.dumps(schema)
    return any(f'"{SCHEMAS}{name}"' in text for name in names)


def _point_to(part: Any, names: dict[str, str]) -> None:
    """Let every reference in `part` follow its schema to the new name."""
    if isinstance(part, list):
        for each in part:
            _point_to(each, names)
    elif isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, str) and value.startswith(SCHEMAS):
                part[key] = SCHEMAS + names.get(value.removeprefix(SCHEMAS), value.removeprefix(SCHEMAS))
            else:
                _point_to(value, names)


def _camel(service: str) -> str:
    return "".join(word.capitalize() for word in service.split("_"))
