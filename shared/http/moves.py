"""The possible moves of a record as forms: each with its fields, what it still lacks, and what forbids it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, Field

from shared.fields import REFERENCE, ResponseModel
from shared.lifecycle import Option

FieldType = Literal["text", "long_text", "instant", "enum", "reference", "boolean", "number", "list"]
_LONGEST_LINE = 200


class FormField(ResponseModel):
    """One field of a move, enough to draw a form for it."""

    name: str
    type: FieldType
    required: Annotated[bool, Field(description="Whether the move is refused without it now.")]
    of: Annotated[
        str | None, Field(description="What a reference, or each entry of a list, refers to: team, person, …")
    ]
    options: Annotated[
        list[str] | None, Field(description="The values of an enumeration; later versions may add others.")
    ]
    max_length: int | None
    description: str | None


class PermittedMove(ResponseModel):
    """A move that the caller may make: where it leads, its fields, which it still lacks, and what forbids it now."""

    trigger: str
    target: str
    fields: list[FormField]
    lacking: list[str]
    because: list[str]


class PermittedMoves(ResponseModel):
    """What the caller may do with the record now."""

    items: list[PermittedMove]
    next: None

    @classmethod
    def of(cls, options: Iterable[Option], requests: Any = None, *, public: Callable[[str], str] = str) -> Self:
        """These options as clients see them; `requests` is the union of the moves' request models.

        `public` gives the name of a state that people see.
        """
        items = [
            PermittedMove(
                trigger=option.move.trigger,
                target=public(option.move.target),
                fields=[
                    field.model_copy(update={"required": field.name in option.lacking})
                    for field in _forms(requests).get(option.move.trigger, ())
                ],
                lacking=list(option.lacking),
                because=list(option.because),
            )
            for option in options
        ]
        return cls(items=items, next=None)


@cache
def _forms(requests: Any) -> Mapping[str, tuple[FormField, ...]]:
    """The fields of each trigger's request model."""
    found: dict[str, tuple[FormField, ...]] = {}
    for model in request_models(requests):
        schema = model.model_json_schema()
        fields = tuple(
            _field(name, part, schema.get("$defs", {}))
            for name, part in schema["properties"].items()
            if name != "trigger"
        )
        for trigger in get_args(model.model_fields["trigger"].annotation):
            found[trigger] = fields
    return found


def request_models(union: Any) -> Iterator[type[BaseModel]]:
    """The models of a union of requests, in any notation."""
    if hasattr(union, "__value__"):
        yield from request_models(union.__value__)
    elif parts := get_args(union):
        for part in parts:
            yield from request_models(part)
    elif isinstance(union, type) and issubclass(union, BaseModel):
        yield union


def _field(name: str, schema: Mapping[str, Any], known: Mapping[str, Any]) -> FormField:
    part = _resolved(schema, known)
    entry = _resolved(part["items"], known) if part.get("type") == "array" else part
    return FormField(
        name=name,
        type=_type(part),
        required=False,
        of=entry.get(REFERENCE) or part.get(REFERENCE),
        options=entry.get("enum") or ([entry["const"]] if "const" in entry else None),
        max_length=part.get("maxLength"),
        description=schema.get("description") or part.get("description"),
    )


def _resolved(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without the null of an optional field, and with its reference resolved."""
    for part in schema.get("anyOf", ()):
        if part.get("type") != "null":
            return {**schema, **_resolved(part, known)}
    if "$ref" in schema:
        return {**schema, **known[schema["$ref"].rpartition("/")[2]]}
    return schema


def _type(schema: Mapping[str, Any]) -> FieldType:
    if "enum" in schema or "const" in schema:
        return "enum"
    known: Mapping[str | None, FieldType] = {
        "array": "list",
        "integer": "number",
        "number": "number",
        "boolean": "boolean",
        "uuid": "reference",
        "date-time": "instant",
    }
    longer: FieldType = "long_text" if schema.get("maxLength", 0) > _LONGEST_LINE else "text"
    return known.get(schema.get("format")) or known.get(schema.get("type")) or longer
