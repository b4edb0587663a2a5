"""The README of each service names every event that it handles or publishes, and no other."""

import re
from pathlib import Path

import pytest

from services.__main__ import SERVICES
from shared import erasure, retention
from shared.contracts.envelope import TYPES
from shared.contracts.governance import AccessEnded
from shared.runtime import Service

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_page_names_every_event(service: Service) -> None:
    page = ROOT / "services" / service.name / "README.md"
    if "<!-- events received -->" in page.read_text("utf-8"):
        return  # its tables are generated
    named = set(re.findall(r"\b[a-z_]+\.[a-z_]+\.v\d+\b", page.read_text("utf-8")))
    everywhere = {
        kind.type for kind in (AccessEnded, *erasure.HANDLERS, *retention.HANDLERS)
    }  # the kernel handles them
    received = {name for name in TYPES if service.routes.of(name)} - everywhere
    published = {name for name, kind in TYPES.items() if kind.__module__ == f"shared.contracts.{service.name}"}
    assert not received - named, f"{page} does not name what handlers.py hears"
    assert not published - named, f"{page} does not name what shared/contracts/{service.name}.py tells"
    assert not named - set(TYPES), f"{page} names what nobody tells"
