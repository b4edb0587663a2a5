"""The messages between services: one CloudEvents 1.0 envelope around one typed event."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

TYPES: dict[str, type["Event"]] = {}
PACKAGE = __name__.rpartition(".")[0]
#: the publisher of an event type that each service publishes about itself
EVERY_SERVICE = "*"


class Event(BaseModel):
    """What a service publishes; a subclass names its type: `class CallRegistered(CallEvent, type="call.registered.v1")`.

    A class with a `family` (`class CallEvent(Event, family="call")`) has the fields that all events of a kind of record share.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: ClassVar[str] = ""
    family: ClassVar[str] = ""
    #: the only service that may publish it (the name of its module), or EVERY_SERVICE
    publisher: ClassVar[str] = ""

    @classmethod
    def __pydantic_init_subclass__(cls, *, type: str = "", **_: Any) -> None:  # noqa: A002 - the name in CloudEvents
        if not type:
            return
        if type in TYPES:
            raise ValueError(f"{type} is named by {TYPES[type].__name__} and {cls.__name__}")
        cls.type = type
        TYPES[type] = cls

    def __init_subclass__(cls, *, type: str = "", family: str = "", publisher: str = "", **options: Any) -> None:  # noqa: A002
        super().__init_subclass__(**options)
        if family:
            cls.family = family
        package, _, module = cls.__module__.rpartition(".")
        if publisher or package == PACKAGE:
            cls.publisher = publisher or module

    @classmethod
    def pattern(cls) -> str:
        """What a queue binds to receive this event, or every event of the family, also new ones of this version."""
        return cls.type or f"{cls.family}.*.v1"


#: one field that a correction changed, with its value before and after
FieldChange = TypedDict("FieldChange", {"field": str, "from": Any, "to": Any})


class Actor(BaseModel):
    """Who did it: a person, a service account, or a service itself (`system`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: Literal["person", "service_account", "system"]
    id: str
    role: str | None = None


class Envelope(BaseModel):
    """One event as it is sent and stored (CloudEvents 1.0, structured JSON mode).

    `subject` is the record that changed and `sequence` its version after the change; `about` names the record that a note,
    link or suggestion belongs to. `time` is when it happened. `historical` events are only recorded: consumers do not react.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    specversion: Literal["1.0"] = "1.0"
    id: UUID
    type: str
    source: str
    subject: UUID
    about: UUID | None = None
    sequence: int
    time: datetime
    correlationid: UUID
    causationid: UUID | None = None
    actor: Actor
    valuestream: str | None = None
    historical: bool = False
    traceparent: str | None = None
    data: dict[str, Any]

    def event(self) -> Event:
        """The typed event inside; `KeyError` for a type this version does not know."""
        return TYPES[self.type].model_validate(self.data)
