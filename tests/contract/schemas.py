"""What the documents say of requests: every schema in them, and values that fit."""

import json
import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
#: a word in a form that is not NFC: é as a letter and an accent
DECOMPOSED = "e\u0301"
COMPOSED = "\u00e9"
WORD = re.compile(f"(?:{DECOMPOSED}|{COMPOSED})+")
#: values where a schema does not show all that is wanted: patterns, and what belongs together
_FITTING: dict[str, Any] = {"country": "NL", "email": f"{DECOMPOSED}@example.org", "state": "pending"}
_BY_FORMAT = {"uuid": "019acd5e-2c00-7000-8000-000000000004", "date-time": "2026-11-23T09:00:00Z", "date": "2026-04-27"}


def operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Method, path and operation of every route."""
    for path, each in document["paths"].items():
        for method, operation in each.items():
            yield method.upper(), path, operation


def body_of(operation: Schema) -> Schema | None:
    """The schema of the body of an operation."""
    content = operation.get("requestBody", {}).get("content", {})
    return next((each["schema"] for each in content.values()), None)


def resolved(schema: Schema, document: Schema) -> Schema:
    """The schema that a reference names, with what stands beside the reference."""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = {
            **document["components"]["schemas"][name],
            **{key: each for key, each in schema.items() if key != "$ref"},
        }
    return schema


def parts(schema: Schema, document: Schema, at: str = "") -> Iterator[tuple[str, Schema]]:
    """Every schema within one, with its place."""
    schema = resolved(schema, document)
    yield at, schema
    for kind in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(kind, ()):
            yield from parts(part, document, at)
    for name, part in schema.get("properties", {}).items():
        yield from parts(part, document, f"{at}/{name}")
    for part in schema.get("patternProperties", {}).values():
        yield from parts(part, document, f"{at}/patternProperties")
    for name in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(name), dict):
            yield from parts(schema[name], document, f"{at}/{name}")


def asked(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Every schema of what any operation takes, in its address or its body, with its place."""
    for method, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "header":
                yield from parts(parameter["schema"], document, f"{method} {path} ?{parameter['name']}")
        if (body := body_of(operation)) is not None:
            yield from parts(body, document, f"{method} {path} ")


def variants(schema: Schema, document: Schema) -> list[Schema]:
    """The schemas of which a value fits one: those of a union of moves or of calculations."""
    schema = resolved(schema, document)
    return [resolved(part, document) for part in schema.get("oneOf", ())] or [schema]


def value_of(schema: Schema, document: Schema, name: str = "") -> Any:
    """A value that fits a schema, with every optional part, and with a decomposed text wherever any text fits."""
    schema = resolved(schema, document)
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if part.get("type") != "null":
            return value_of({**schema, **part, "anyOf": (), "oneOf": ()}, document, name)
    if "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        return _FITTING[name] if _FITTING.get(name) in values else values[0]
    kind = schema.get("type")
    if kind == "object":
        value = {each: value_of(part, document, each) for each, part in schema.get("properties", {}).items()}
        more = next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))
        if isinstance(more, dict):
            value[value_of(schema.get("propertyNames", {"type": "string"}), document)] = value_of(more, document)
        return value
    if kind == "array":
        return [value_of(schema["items"], document, name) for _ in range(max(schema.get("minItems", 1), 1))]
    if kind == "string":
        return _FITTING.get(name) or _BY_FORMAT.get(schema.get("format", "")) or DECOMPOSED * schema.get("minLength", 1)
    return {"integer": int(schema.get("minimum", 1)), "number": 1.0, "boolean": True}.get(str(kind))


def free_texts(operation: Schema) -> Iterator[str]:
    """The parameters of a query that take any text."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        kinds = [schema, *schema.get("anyOf", ())]
        takes_any = any(
            each.get("type") == "string" and not {"format", "enum", "const", "pattern"} & each.keys() for each in kinds
        )
        if parameter["in"] == "query" and takes_any and parameter["name"] not in ("cursor", "sort"):
            yield parameter["name"]


def texts_in(value: Any) -> list[str]:
    """Every word of this module in a value, however deep."""
    return WORD.findall(json.dumps(value, ensure_ascii=False, default=str))
