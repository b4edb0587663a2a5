"""Changes that break clients of a published contract, found by comparing two JSON documents."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


def broken_events(before: dict[str, Schema], after: dict[str, Schema]) -> list[str]:
    """Why consumers and stored events of `before` would not get along with `after`; nothing when they do."""
    found: list[str] = []
    for kind, old in before.items():
        if kind not in after:
            found.append(f"{kind} is gone")
            continue
        new = after[kind]
        found += [f"{kind}: {why}" for why in _broken_answer(old, new, old, new, "")]
        found += [
            f"{kind}: {name} is required, and stored events lack it"
            for name in set(new.get("required", ())) - set(old.get("required", ()))
            if name not in old.get("properties", {})
        ]
    return found


def broken_api(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Why clients written for `before` would fail on `after`; nothing when they do not."""
    found: list[str] = []
    for path, operations in before["paths"].items():
        for method, old in operations.items():
            new = after["paths"].get(path, {}).get(method)
            if new is None:
                found.append(f"{method.upper()} {path} is gone")
                continue
            where = f"{method.upper()} {path}"
            if new["operationId"] != old["operationId"]:
                found.append(f"{where}: its operationId was {old['operationId']}")
            known = {(p["in"], p["name"]) for p in new.get("parameters", ())}
            found += [
                f"{where}: parameter {p['name']} is gone"
                for p in old.get("parameters", ())
                if (p["in"], p["name"]) not in known
            ]
            given = {(p["in"], p["name"]) for p in old.get("parameters", ()) if p.get("required")}
            found += [
                f"{where}: parameter {p['name']} is required now"
                for p in new.get("parameters", ())
                if p.get("required") and (p["in"], p["name"]) not in given
            ]
            found += [f"{where} asks: {why}" for why in _asked(_body(old), _body(new), before, after, "")]
            for status, answer in old["responses"].items():
                if status not in new["responses"]:
                    found.append(f"{where}: status {status} is gone")
                    continue
                broken = _broken_answer(_content(answer), _content(new["responses"][status]), before, after, "")
                found += [f"{where} tells: {why}" for why in broken]
    return found


def _body(operation: dict[str, Any]) -> Schema:
    return _content(operation.get("requestBody", {}))


def _content(part: dict[str, Any]) -> Schema:
    return next(iter(part.get("content", {}).values()), {}).get("schema", {})


def _resolved(schema: Schema, document: dict[str, Any]) -> Schema:
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _broken_answer(
    old: Schema, new: Schema, before: dict[str, Any], after: dict[str, Any], at: str, depth: int = 0
) -> Iterator[str]:
    """What a reader of `old` misses in `new`."""
    old, new = _resolved(old, before), _resolved(new, after)
    if depth > 8:
        return
    if _kinds(new, after) - _kinds(old, before) and _kinds(old, before):
        yield f"{at or 'the value'} may now be {', '.join(sorted(_kinds(new, after) - _kinds(old, before)))}"
    for name, part in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{at}/{name} is gone"
        else:
            yield from _broken_answer(part, new["properties"][name], before, after, f"{at}/{name}", depth + 1)
    if "items" in old and "items" in new:
        yield from _broken_answer(old["items"], new["items"], before, after, f"{at}/*", depth + 1)


def _asked(
    old: Schema, new: Schema, before: dict[str, Any], after: dict[str, Any], at: str, depth: int = 0
) -> Iterator[str]:
    """What a writer of `old` is refused for in `new`."""
    old, new = _resolved(old, before), _resolved(new, after)
    if depth > 8:
        return
    if _kinds(old, before) - _kinds(new, after) and _kinds(new, after):
        yield f"{at or 'the body'} may no longer be {', '.join(sorted(_kinds(old, before) - _kinds(new, after)))}"
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{at}/{name} is required now"
    for name, part in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{at}/{name} is no longer taken"
        else:
            yield from _asked(part, new["properties"][name], before, after, f"{at}/{name}", depth + 1)
    if "items" in old and "items" in new:
        yield from _asked(old["items"], new["items"], before, after, f"{at}/*", depth + 1)


def _kinds(schema: Schema, document: dict[str, Any]) -> set[str]:
    """The types and constants that a value may have."""
    schema = _resolved(schema, document)
    if "anyOf" in schema or "oneOf" in schema:
        return {
            kind for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())) for kind in _kinds(part, document)
        }
    if "const" in schema:
        return {_constant(schema["const"])}
    if "enum" in schema:
        return {_constant(value) for value in schema["enum"]}
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)


def _constant(value: object) -> str:
    return "null" if value is None else repr(value)
