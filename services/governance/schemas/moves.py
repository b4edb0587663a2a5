"""Retiring and reactivating, as clients fire it."""

from typing import Literal

from pydantic import ConfigDict

from shared.fields import RequestModel


class Retire(RequestModel):
    """Nobody works with it any more; it stays where it was used."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "retire"}]})
    trigger: Literal["retire"]


class Reactivate(RequestModel):
    """It is used again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "reactivate"}]})
    trigger: Literal["reactivate"]


ActivityMove = Retire | Reactivate
