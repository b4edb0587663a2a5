"""Retiring and reactivating, as clients fire it."""

from typing import Literal

from pydantic import ConfigDict

from shared.fields import Asked, Told


class Retire(Asked):
    """Nobody works with it any more; it stays where it was used."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "retire"}]})
    trigger: Literal["retire"]


class Reactivate(Asked):
    """It is used again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "reactivate"}]})
    trigger: Literal["reactivate"]


ActivityMove = Retire | Reactivate


class PermittedMove(Told):
    """A move that is possible now, and where it leads."""

    trigger: str
    target: str
    lacking: list[str]


class PermittedMoves(Told):
    """What the caller may do with the record now."""

    items: list[PermittedMove]
    next: None
