"""The types of the values in requests: bounded texts, instants and numbers, and the base of every request model."""

import re
from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StrictBool,
    StrictInt,
)
from pydantic_core import core_schema

from shared.bounds import AFTER_LAST, FIRST, FIRST_YEAR, LAST_YEAR, check_day, check_instant
from shared.texts import check_line, check_name, check_visible

_RFC_3339 = "%Y-%m-%dT%H:%M:%SZ"
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]")


class RequestModel(BaseModel):
    """The base of request models: a field it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


def _with_example(schema: dict[str, Any], _: type[BaseModel]) -> None:
    fields: dict[str, Any] = schema["properties"]
    given = {name: field["examples"][0] for name, field in fields.items() if "examples" in field}
    schema["examples"] = [{"trigger": fields["trigger"]["const"], **given}]


class MoveModel(RequestModel):
    """The base of the request models of moves: their example is the trigger, with the examples of their fields."""

    model_config = ConfigDict(json_schema_extra=_with_example)


class ResponseModel(BaseModel):
    """The base of response models: filled from a row, with no defaults."""

    model_config = ConfigDict(from_attributes=True)


def _is_text(value: object) -> object:
    # a text of digits alone would be read as seconds since 1970
    if not isinstance(value, str) or not _DATED.match(value):
        raise ValueError("an instant as RFC 3339 text, e.g. 2026-11-23T09:00:00Z")
    return value


#: the patterns, and the bounds of instants and days, only document in OpenAPI what the validators check
Line = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra={"pattern": r"^[^\r\n]*\S[^\r\n]*$"}),
    AfterValidator(check_line),
]
#: what people are to tell apart by it: nothing in it is invisible
Name = Annotated[Line, AfterValidator(check_name)]
Text = Annotated[
    str, Field(min_length=1, max_length=20_000, json_schema_extra={"pattern": r"\S"}), AfterValidator(check_visible)
]
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_is_text),
    AfterValidator(check_instant),
    Field(
        json_schema_extra={
            "formatMinimum": f"{FIRST:{_RFC_3339}}",
            "formatExclusiveMaximum": f"{AFTER_LAST:{_RFC_3339}}",
        }
    ),
]
Day = Annotated[
    str,
    Field(
        min_length=10,
        max_length=10,
        description="A date such as 2026-04-27.",
        json_schema_extra={
            "format": "date",
            "formatMinimum": f"{FIRST_YEAR}-01-01",
            "formatMaximum": f"{LAST_YEAR}-12-31",
        },
    ),
    AfterValidator(check_day),
]
Count = Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]


class Known:
    """Documents the values of a text in a response; clients must accept others, which a later version may add."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = tuple(values)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The text's schema, with the values."""
        return {**handler(schema), "x-extensible-enum": list(self.values)}


class Among(Known):
    """Takes one of these values in a request and refuses any other."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """The text's schema, behind the check."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The text's schema, with the values."""
        return {**handler(schema), "enum": list(self.values)}

    def _check(self, value: str) -> str:
        if value not in self.values:
            raise ValueError(f"one of {', '.join(self.values)}")
        return value


#: names in a schema what an id refers to, so that a form can offer a choice
REFERENCE = "x-reference"
PartyId = Annotated[UUID, Field(json_schema_extra={REFERENCE: "party"})]
PersonId = Annotated[UUID, Field(json_schema_extra={REFERENCE: "person"})]
TeamId = Annotated[UUID, Field(json_schema_extra={REFERENCE: "team"})]
ServiceId = Annotated[UUID, Field(json_schema_extra={REFERENCE: "service"})]
ItemId = Annotated[UUID, Field(json_schema_extra={REFERENCE: "item"})]

__all__ = [
    "REFERENCE",
    "Among",
    "Count",
    "Day",
    "Instant",
    "ItemId",
    "Known",
    "Line",
    "MoveModel",
    "Name",
    "PartyId",
    "PersonId",
    "RequestModel",
    "ResponseModel",
    "ServiceId",
    "StrictBool",
    "StrictInt",
    "TeamId",
    "Text",
]
