"""`zeven erase`: the request, its progress, and what a restored service has lost."""

from itertools import chain, repeat
from typing import Any
from uuid import UUID

import pytest

from tests.cli.pretended import Pretended

PERSON, OTHER = (str(UUID(int=number)) for number in (1, 2))
ADDRESS = f"/governance/v1/people/{PERSON}/erasure"


def answer(service: str) -> dict[str, Any]:
    return {
        "service": service,
        "answered_at": "2026-11-23T10:00:00Z",
        "records": {"call": 3, "note": 1},
        "events": 1200,
    }


def erasure(*answered: str, awaited: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "id": "e1",
        "person_id": PERSON,
        "requested_by": "admin",
        "reason": "Asked for [case 2231].",
        "created_at": "2026-11-23T09:00:00Z",
        "complete": not awaited,
        "answers": [answer(each) for each in answered],
        "awaited": list(awaited),
    }


def page(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items), "next": None}


@pytest.fixture
def platform(platform: Pretended) -> Pretended:
    """Services that have carried out one erasure."""
    one = platform
    one.pages["/governance/v1/erasures"] = lambda _: page(erasure(*one.services))
    for service in one.services:
        path = f"/{service.replace('_', '-')}/v1/erasure-tasks"
        one.pages[path] = lambda _: page({"person_id": PERSON})
    return one


def run(platform: Pretended, *arguments: str) -> tuple[int, str, str]:
    result = platform.zeven("erase", *arguments)
    return result.exit_code, " ".join(result.stdout.split()), " ".join(result.stderr.split())


def test_a_request_waits_until_every_service_has_answered(platform: Pretended) -> None:
    states = chain([erasure(awaited=platform.services)] * 3, repeat(erasure(*platform.services)))
    platform.pages[ADDRESS] = lambda _: next(states)
    code, output, _ = run(platform, "person", PERSON, "--reason", "Asked for.")
    assert (code, ("POST", ADDRESS) in platform.requests, len(platform.slept)) == (0, True, 2)
    assert "Asked for by admin, 2026-11-23 09:00:00Z: Asked for [case 2231]." in output
    assert "incident 2026-11-23 10:00:00Z 4 1,200 3 call, 1 note" in output


def test_services_that_are_down_are_named(platform: Pretended) -> None:
    platform.pages[ADDRESS] = lambda _: erasure("governance", awaited=("incident",))
    code, output, _ = run(platform, "show", PERSON)
    assert (code, "incident not yet" in output) == (0, True)
    assert f"incident will answer once running; `zeven erase show {PERSON}` shows it." in output


def test_a_list_of_erasures_that_every_service_knows_is_well(platform: Pretended) -> None:
    code, output, complaint = run(platform, "list")
    assert (code, complaint) == (0, "")
    assert f"{PERSON} 2026-11-23 09:00:00Z admin yes" in output


def test_a_restored_service_has_its_erasures_repeated(platform: Pretended) -> None:
    platform.pages["/incident/v1/erasure-tasks"] = lambda _: page()
    code, output, complaint = run(platform, "list")
    assert (code, "yes incident" in output) == (1, True)
    assert f"zeven erase repeat {PERSON}" in complaint
    platform.pages[ADDRESS] = platform.pages[f"{ADDRESS}/repeat"] = lambda _: erasure(*platform.services)
    assert run(platform, "repeat", PERSON)[0] == 0
    assert ("POST", f"{ADDRESS}/repeat") in platform.requests


def test_what_a_restored_governance_has_lost_is_erased_again(platform: Pretended) -> None:
    platform.pages["/incident/v1/erasure-tasks"] = lambda _: page({"person_id": PERSON}, {"person_id": OTHER})
    code, _, complaint = run(platform, "list")
    assert (code, f"zeven erase person {OTHER} --reason" in complaint) == (1, True)


def test_nobody_has_been_erased(platform: Pretended) -> None:
    for path in platform.pages:
        platform.pages[path] = lambda _: page()
    assert run(platform, "list") == (0, "Nobody has been erased.", "")
