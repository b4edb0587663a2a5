"""The OpenAPI documents of services that are not running, for the repository and for tests."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.access import Issuer, Verifier
from shared.bus.memory import MemoryBus
from shared.http.application import application
from shared.http.openapi import merge
from shared.runtime import Running, Service
from shared.settings import Settings

MERGED = "zeven"
NOWHERE = "postgresql+asyncpg://nobody@localhost/nothing"


def write(services: Sequence[Service], folder: Path, *, merged: bool) -> None:
    """Write `<service>.json` for each service into `folder`, and with `merged` also `zeven.json` for all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = {service.name: document(service) for service in services}
    whole = {MERGED: merge(documents)} if merged else {}
    for name, each in {**documents, **whole}.items():
        (folder / f"{name}.json").write_text(json.dumps(each, indent=2, ensure_ascii=False) + "\n", "utf-8")


def document(service: Service) -> dict[str, Any]:
    """The OpenAPI document that the service serves; it needs no database."""

    async def no_keys() -> dict[str, Any]:
        return {"keys": []}

    running = Running(
        service,
        url=NOWHERE,
        bus=MemoryBus(service.name, {}),
        verifier=Verifier(Issuer("nobody", no_keys)),
        config=Settings(),
    )
    return application(running).openapi()
