"""The kinds of value that requests are made of: bounded texts, strict numbers, and the base of every request model."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
)


class Asked(BaseModel):
    """The base of request models: a field it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """The base of response models: filled from a row, with no defaults."""

    model_config = ConfigDict(from_attributes=True)


def _one_line(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError("one line only")
    return value


def _is_text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("an instant as RFC 3339 text, e.g. 2026-11-23T09:00:00Z")  # noqa: TRY004 - pydantic's protocol
    return value


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Instant = Annotated[AwareDatetime, BeforeValidator(_is_text)]
Count = Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]

__all__ = ["Asked", "Count", "Instant", "Line", "StrictBool", "StrictFloat", "StrictInt", "Text", "Told"]
