"""`zeven retention`: rules, previews and receipts."""

from typing import Any

import pytest

from tests.cli.pretended import Pretended, event

RULE = {
    "kind": "incident",
    "meaning": "closed incidents",
    "days": 2555,
    "reason": "Policy 12.",
    "set_by": "admin",
    "set_at": "2026-11-23T09:00:00Z",
}


@pytest.fixture
def platform(platform: Pretended) -> Pretended:
    """Services of which incident deletes by a rule."""
    platform.pages["/incident/v1/retention"] = lambda _: {"items": [RULE], "next": None}
    for service in ("governance", "service-level"):
        platform.pages[f"/{service}/v1/retention"] = lambda _: {"items": [], "next": None}
    return platform


def run(platform: Pretended, *arguments: str) -> tuple[int, str]:
    result = platform.zeven("retention", *arguments)
    return result.exit_code, " ".join(result.stdout.split())


def test_the_rules_of_all_services_are_listed(platform: Pretended) -> None:
    code, output = run(platform, "list")
    assert (code, "incident incident 2,555 admin" in output) == (0, True)


def test_a_rule_is_set_or_ended(platform: Pretended) -> None:
    bodies: list[Any] = []
    platform.pages["/incident/v1/retention/incident"] = lambda request: bodies.append(request.content) or RULE
    assert run(platform, "set", "incident", "incident", "--days", "2555", "--reason", "Policy 12.")[0] == 0
    assert run(platform, "set", "incident", "incident", "--never", "--reason", "Audit.")[0] == 0
    assert [method for method, path in platform.requests if path.endswith("/retention/incident")] == ["PUT", "PUT"]
    assert [b'"days":2555' in bodies[0], b'"days":null' in bodies[1]] == [True, True]
    for wrong in ((), ("--days", "9", "--never")):
        assert run(platform, "set", "incident", "incident", *wrong, "--reason", "x")[0] == 2


def test_a_preview_says_how_many(platform: Pretended) -> None:
    platform.pages["/incident/v1/retention/incident/preview"] = lambda _: {
        "kind": "incident",
        "days": 9,
        "records": 1200,
    }
    code, output = run(platform, "preview", "incident", "incident", "--days", "9")
    assert (code, output) == (0, "1,200 records of incident would be deleted now.")


def test_receipts_are_read_to_the_end_of_the_log(platform: Pretended) -> None:
    data = {"kind": "incident", "days": 9, "records": ["a", "b"], "events": ["c"] * 30}
    pages = {
        after: {
            "items": [event("incident", after + 1, "2026-11-23T09:00:00Z", data=data)],
            "next": following,
            "last": 2,
        }
        for after, following in ((0, 1), (1, None))
    }
    platform.pages["/incident/v1/events"] = lambda request: pages[int(request.url.params["after"])]
    code, output = run(platform, "receipts", "incident")
    assert (code, output.count("incident 9 2 30")) == (0, 2)
