"""What is entered is bounded: every instant, day, number and text in every request of every service."""

from datetime import UTC, datetime

import pytest

from services.__main__ import SERVICES
from shared.bounds import LONGEST_TARGET, MOST_DAYS, MOST_SECONDS
from shared.http import export
from tests.contract.schemas import Schema, asked, parts, resolved

DOCUMENTS = {service.name: export.document(service) for service in SERVICES}
YEAR = 365 * 86_400


def without(document: Schema, kinds: tuple[str, ...], bounds: tuple[str, ...], form: str | None = None) -> list[str]:
    return [
        at
        for at, part in asked(document)
        if part.get("type") in kinds
        and (form is None or part.get("format") == form)
        and not all(bound in part for bound in bounds)
    ]


@pytest.mark.parametrize("service", DOCUMENTS)
def test_every_instant_that_is_entered_has_bounds(service: str) -> None:
    assert without(DOCUMENTS[service], ("string",), ("formatMinimum", "formatExclusiveMaximum"), "date-time") == []
    assert without(DOCUMENTS[service], ("string",), ("formatMinimum", "formatMaximum"), "date") == []


@pytest.mark.parametrize("service", DOCUMENTS)
def test_every_number_and_so_every_duration_that_is_entered_has_bounds(service: str) -> None:
    assert without(DOCUMENTS[service], ("integer", "number"), ("minimum", "maximum")) == []


@pytest.mark.parametrize("service", DOCUMENTS)
def test_every_field_that_is_not_known_is_refused(service: str) -> None:
    objects = [(at, part) for at, part in asked(DOCUMENTS[service]) if part.get("type") == "object"]
    known = ("additionalProperties", "patternProperties")
    assert [at for at, part in objects if not any(part.get(name, True) is not True for name in known)] == []


def test_the_walk_finds_an_instant_and_a_duration_without_bounds() -> None:
    nested = {
        "anyOf": [
            {
                "type": "array",
                "items": {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}},
            },
            {"type": "null"},
        ]
    }
    body = {"properties": {"seconds": {"type": "integer", "minimum": 0}, "pauses": nested}, "type": "object"}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}
    document = {
        "paths": {"/a": {"post": {"requestBody": {"content": content}}}},
        "components": {"schemas": {"Body": body}},
    }
    assert without(document, ("string",), ("formatMinimum",), "date-time") == ["POST /a /pauses/items/at"]
    assert without(document, ("integer",), ("minimum", "maximum")) == ["POST /a /seconds"]


def test_targets_are_at_most_ten_years_and_amounts_a_hundred() -> None:
    document = DOCUMENTS["service_level"]
    schemas = document["components"]["schemas"]
    targets = {
        part["maximum"]
        for name in ("TargetsOf", "TargetSeconds")
        for _, part in parts(resolved(schemas[name], document), document)
        if part.get("type") == "integer"
    }
    assert targets == {LONGEST_TARGET} == {10 * YEAR}
    for name, field, most in (("AddSeconds", "seconds", MOST_SECONDS), ("AddDays", "days", MOST_DAYS)):
        amount = schemas[name]["properties"][field]
        assert (amount["minimum"], amount["maximum"]) == (-most, most)
    assert (datetime(2126, 1, 1, tzinfo=UTC) - datetime(2026, 1, 1, tzinfo=UTC)).days * 86_400 + 86_400 == MOST_SECONDS
