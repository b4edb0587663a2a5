"""The moves of a knowledge item as clients fire them: one small model per trigger."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from shared.fields import RequestModel, Text

Reason = Annotated[Text, Field(max_length=2000)]


class Submit(RequestModel):
    """Offer the draft for review."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "submit"}]})
    trigger: Literal["submit"]


class Return(RequestModel):
    """Send the draft back to its authors."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "return", "reason": "Name the print server."}]}
    )
    trigger: Literal["return"]
    reason: Reason | None = None


class Approve(RequestModel):
    """Make the reviewed version current, in place of the one before."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "approve"}]})
    trigger: Literal["approve"]


class Retire(RequestModel):
    """Say that the item no longer holds; an unfinished draft ends with it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"trigger": "retire", "reason": "The printers are gone."}]}
    )
    trigger: Literal["retire"]
    reason: Reason | None = None


ItemMove = Annotated[Submit | Return | Approve | Retire, Field(discriminator="trigger")]
