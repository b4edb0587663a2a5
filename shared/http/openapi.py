"""The OpenAPI document of one application, its page for people, and all services' documents merged into one."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeGuard

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from shared.contracts.defaults import TOKEN_ADDRESS
from shared.errors import MEDIA_TYPE, Problem
from shared.http.requests import LONGEST_KEY, WorkFor
from shared.version import VERSION

DESCRIPTION = f"""\
Requests carry a bearer token (`Authorization: Bearer …`; here: **Authorize**). `zeven token` prints one, and
`POST {TOKEN_ADDRESS}` gives one for the form `grant_type=password&username=…&password=…`. To change a record, send the
`ETag` of the version that you saw as `If-Match`."""
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
SCHEMAS = "#/components/schemas/"
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a repeated request safe for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}
#: the framework documents this header as optional, but without it the response is 428
IF_MATCH = {"required": True, "schema": {"type": "string", "examples": ['"3"']}}


def add_documentation(app: FastAPI) -> None:
    """Let `app` use the document of this module."""
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            separate_input_output_schemas=True,
        )
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas |= {**schema.pop("$defs"), "Problem": schema}
        body = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        repeatable = {(route.path_format, "post") for route in app.routes if _takes_repeats(route)}
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                operation["responses"]["4XX"]["content"] = operation["responses"]["5XX"]["content"] = body
                for parameter in operation.get("parameters", ()):
                    if parameter["name"].lower() == "if-match":
                        parameter.update(IF_MATCH)
                if (path, method) in repeatable:
                    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        _widen_only_null(document)
        app.openapi_schema = document
    return app.openapi_schema


def _takes_repeats(route: object) -> TypeGuard[APIRoute]:
    return isinstance(route, APIRoute) and any(isinstance(one.call, WorkFor) for one in route.dependant.dependencies)


def _widen_only_null(part: Any) -> None:
    """Write what is always null as a text that is never there: generators of clients have no type for null alone."""
    if isinstance(part, list):
        for each in part:
            _widen_only_null(each)
    elif isinstance(part, dict):
        for name, schema in part.get("properties", {}).items():
            if isinstance(schema, dict) and schema.get("type") == "null":
                part["properties"][name] = {**schema, "type": ["string", "null"], "const": None}
        for each in part.values():
            _widen_only_null(each)


def merge(documents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One document of all: operations, and schemas that differ between services, begin with the service's name.

    Raises `ValueError` when such a name is taken already.
    """
    merged: dict[str, Any] = {
        "openapi": next(iter(documents.values()))["openapi"],
        "info": {
            "title": "Zeven",
            "summary": "All services behind one address.",
            "description": DESCRIPTION,
            "version": VERSION,
        },
        "paths": {},
        "components": {"schemas": {}},
    }
    differing = _differing({name: each["components"]["schemas"] for name, each in documents.items()})
    for service, original in documents.items():
        each = json.loads(json.dumps(original))
        schemas = each["components"]["schemas"]
        names = {name: f"{_camel(service)}{name}" for name in differing & schemas.keys()}
        _rename_references(each, names)
        for schema in (schemas[name] for name in names if "title" in schemas[name]):
            schema["title"] = f"{_camel(service)}{schema['title']}"
        for operation in _operations(each["paths"]):
            operation["operationId"] = f"{service}_{operation['operationId']}"
        merged["paths"] |= each["paths"]
        for kind, parts in each["components"].items():
            renamed = {names.get(name, name): part for name, part in parts.items()} if kind == "schemas" else parts
            for name, part in renamed.items():
                if merged["components"].setdefault(kind, {}).setdefault(name, part) != part:
                    raise ValueError(f"{name} of {service} differs from the {name} of another service")
    return merged


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


def _rename_references(part: Any, names: dict[str, str]) -> None:
    """Let every reference in `part` name its schema by the new name."""
    if isinstance(part, list):
        for each in part:
            _rename_references(each, names)
    elif isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, str) and value.startswith(SCHEMAS):
                part[key] = SCHEMAS + names.get(value.removeprefix(SCHEMAS), value.removeprefix(SCHEMAS))
            else:
                _rename_references(value, names)


def _camel(service: str) -> str:
    return "".join(word.capitalize() for word in service.split("_"))
