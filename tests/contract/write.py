"""`make contracts`: write the documents anew from the code; `--release` also makes them the ones that may not be broken."""

import json
import sys
from pathlib import Path
from typing import Any

from services.__main__ import SERVICES
from shared.contracts import asyncapi
from shared.http import documents
from shared.http.application import VERSION

ROOT = Path(__file__).parents[2]
OPENAPI, ASYNCAPI = ROOT / "docs/openapi", ROOT / "docs/asyncapi/zeven.json"
RELEASED = Path(__file__).parent / "released"


def dump(path: Path, value: Any) -> None:
    """Write a document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")


def load(path: Path) -> Any:
    """Read a document."""
    return json.loads(path.read_text("utf-8"))


def main() -> None:
    """Write everything."""
    documents.write(SERVICES, OPENAPI)
    dump(ASYNCAPI, asyncapi.document(VERSION))
    if "--release" in sys.argv:
        dump(RELEASED / "openapi.json", load(OPENAPI / "zeven.json"))
        dump(RELEASED / "events.json", asyncapi.schemas())


if __name__ == "__main__":
    main()
