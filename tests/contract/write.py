"""`make contracts`: generate from the code: OpenAPI, AsyncAPI, diagrams, the table of settings.

`--release` also stores these contracts as released, so that tests find later breaks.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.__main__ import SERVICES
from services.change.lifecycles import RFC, change_diagram
from services.governance.lifecycles import RETIREMENT
from services.incident.lifecycles import CALL, INCIDENT
from services.knowledge.lifecycles import VERSIONS
from services.service_level.lifecycles import AGREEMENT
from shared.contracts import asyncapi
from shared.http import export, limits
from shared.settings import as_markdown
from shared.version import VERSION
from tests.contract import pages

ROOT = Path(__file__).parents[2]
OPENAPI, ASYNCAPI = ROOT / "docs/openapi", ROOT / "docs/asyncapi/zeven.json"
RELEASED = Path(__file__).parent / "released"


def _drawn(diagram: Callable[[], str]) -> Callable[[], str]:
    return lambda: f"```mermaid\n{diagram()}\n```"


#: what stands between `<!-- mark -->` and `<!-- /mark -->` of a document
GENERATED: dict[tuple[str, str], Callable[[], str]] = {
    ("services/change/README.md", "lifecycle rfc"): _drawn(RFC.mermaid),
    ("services/change/README.md", "lifecycle change"): _drawn(change_diagram),
    ("services/governance/README.md", "lifecycle"): _drawn(RETIREMENT.mermaid),
    ("services/incident/README.md", "lifecycle call"): _drawn(CALL.mermaid),
    ("services/incident/README.md", "lifecycle"): _drawn(INCIDENT.mermaid),
    ("services/knowledge/README.md", "lifecycle"): _drawn(VERSIONS["known_error"].mermaid),
    ("services/service_level/README.md", "lifecycle"): _drawn(AGREEMENT.mermaid),
    ("docs/operations.md", "settings"): lambda: as_markdown(
        {service.name: service.settings for service in SERVICES}
    ).strip(),
    ("docs/operations.md", "limits"): lambda: limits.as_markdown().strip(),
    **pages.generated(),
}


def filled(text: str, mark: str, inside: str) -> str:
    """`text` with `inside` between the two comments that name `mark`; `ValueError` when they are not there, once each."""
    before, begins, rest = text.partition(f"<!-- {mark} -->\n")
    _, ends, after = rest.partition(f"<!-- /{mark} -->")
    if not begins or not ends or begins in after:
        raise ValueError(f"no single place is marked <!-- {mark} --> … <!-- /{mark} -->")
    return f"{before}{begins}{inside}\n{ends}{after}"


def dump(path: Path, value: Any) -> None:
    """Write a document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")


def load(path: Path) -> Any:
    """Read a document."""
    return json.loads(path.read_text("utf-8"))


def main() -> None:
    """Write everything."""
    for (name, mark), inside in GENERATED.items():
        path = ROOT / name
        path.write_text(filled(path.read_text("utf-8"), mark, inside()), "utf-8")
    export.write(SERVICES, OPENAPI, merged=False)
    dump(ASYNCAPI, asyncapi.document(VERSION))
    if "--release" in sys.argv:
        export.write(SERVICES, RELEASED / "openapi", merged=False)
        dump(RELEASED / "events.json", asyncapi.schemas())


if __name__ == "__main__":
    main()
