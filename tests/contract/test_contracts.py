"""The published contracts: the committed documents match the code, and never break clients of a release."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.__main__ import SERVICES
from shared.contracts import asyncapi
from shared.http import export
from shared.http.openapi import merge
from shared.version import VERSION
from tests.contract.compatibility import broken_api, broken_events
from tests.contract.write import ASYNCAPI, OPENAPI, RELEASED, load


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    """The documents as the code gives them."""
    each = {service.name: export.document(service) for service in SERVICES}
    return {**each, "zeven": merge(each)}


@pytest.mark.parametrize("name", [service.name for service in SERVICES])
def test_the_committed_openapi_documents_are_those_of_the_code(openapi: dict[str, Any], name: str) -> None:
    assert load(OPENAPI / f"{name}.json") == openapi[name], "run `make contracts`"


def test_the_committed_asyncapi_document_is_that_of_the_code() -> None:
    assert load(ASYNCAPI) == asyncapi.document(VERSION), "run `make contracts`"


def test_no_released_event_is_broken() -> None:
    assert broken_events(load(RELEASED / "events.json"), asyncapi.schemas()) == []


@pytest.mark.parametrize("path", sorted(RELEASED.glob("openapi/*.json")), ids=lambda path: path.stem)
def test_no_released_operation_is_broken(openapi: dict[str, Any], path: Path) -> None:
    assert broken_api(load(path), openapi.get(path.stem, {"paths": {}})) == []


def test_no_merged_document_is_committed() -> None:
    assert {path.stem for path in OPENAPI.glob("*.json")} == {service.name for service in SERVICES}


def test_the_merged_document_holds_every_operation_and_follows_its_schemas_by_name(openapi: dict[str, Any]) -> None:
    merged, each = openapi["zeven"], [openapi[service.name] for service in SERVICES]
    assert set(merged["paths"]) == {path for document in each for path in document["paths"]}
    schemas = merged["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in references(merged)} <= schemas.keys()
    renamed = {
        f"{prefix}{name}": f"{prefix}{schema['title']}"
        for service, document in zip(SERVICES, each, strict=True)
        for prefix in ["".join(word.capitalize() for word in service.name.split("_"))]
        for name, schema in document["components"]["schemas"].items()
        if f"{prefix}{name}" in schemas and "title" in schema
    }
    assert renamed
    assert {name: schemas[name]["title"] for name in renamed} == renamed


def references(part: Any) -> Iterator[str]:
    """Every reference to a schema, those of discriminators too."""
    if isinstance(part, str) and part.startswith("#/components/schemas/"):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from references(inner)


def test_every_operation_has_an_id_of_its_own_and_tells_its_refusals(openapi: dict[str, Any]) -> None:
    operations = [each for path in openapi["zeven"]["paths"].values() for each in path.values()]
    ids = [each["operationId"] for each in operations]
    assert len(ids) == len(set(ids))
    assert all("application/problem+json" in each["responses"]["4XX"]["content"] for each in operations)
    assert "HTTPValidationError" not in openapi["zeven"]["components"]["schemas"]


def body_models(schema: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    """The names of the models that a body may be."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return body_models(schemas[name], schemas) or {name}
    return {
        name for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ())) for name in body_models(part, schemas)
    }


def test_every_request_model_has_an_example(openapi: dict[str, Any]) -> None:
    schemas = openapi["zeven"]["components"]["schemas"]
    bodies = [
        content["schema"]
        for path in openapi["zeven"]["paths"].values()
        for operation in path.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
    ]
    models = {name for body in bodies for name in body_models(body, schemas)}
    assert len(models) > 40
    assert [name for name in sorted(models) if not schemas[name].get("examples")] == []


def test_what_a_change_needs_is_told_as_needed(openapi: dict[str, Any]) -> None:
    conditions = [
        parameter
        for path in openapi["zeven"]["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "if-match"
    ]
    assert conditions
    assert all(each["required"] and each["schema"]["type"] == "string" for each in conditions)


def test_what_breaks_consumers_of_events_is_found() -> None:
    before = asyncapi.schemas()
    for change, message in (
        (lambda s: s.pop("call.registered.v1"), "call.registered.v1 is gone"),
        (lambda s: s["call.registered.v1"]["properties"].pop("title"), "call.registered.v1: /title is gone"),
        (lambda s: s["call.registered.v1"]["properties"].update(title={"type": "integer"}), "may now be integer"),
        (
            lambda s: (
                s["call.registered.v1"]["properties"].update(new={"type": "string"}),
                s["call.registered.v1"]["required"].append("new"),
            ),
            "new is required, and stored events lack it",
        ),
    ):
        after = copy.deepcopy(before)
        change(after)
        assert any(message in why for why in broken_events(before, after)), message
    optional = copy.deepcopy(before)
    optional["call.registered.v1"]["properties"]["new"] = {"type": "string"}
    assert broken_events(before, optional) == []


def test_what_breaks_clients_is_found(openapi: dict[str, Any]) -> None:
    before = openapi["zeven"]
    call, calls = "RegisterCall", "/incident/v1/calls"
    for change, message in (
        (lambda d: d["paths"].pop(calls), f"POST {calls} is gone"),
        (lambda d: d["components"]["schemas"]["CallView"]["properties"].pop("number"), "/number is gone"),
        (lambda d: d["components"]["schemas"][call]["required"].append("impact"), "/impact is required now"),
        (lambda d: d["components"]["schemas"][call]["properties"].pop("channel"), "/channel is no longer taken"),
        (lambda d: d["paths"][calls]["get"].update(parameters=[]), "parameter limit is gone"),
    ):
        after = copy.deepcopy(before)
        change(after)
        assert any(message in why for why in broken_api(before, after)), message
