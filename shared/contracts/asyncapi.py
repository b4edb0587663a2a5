"""The AsyncAPI 3 document of everything that is published, made from the models that are sent."""

import importlib
import pkgutil
from typing import Any

from shared import contracts
from shared.contracts.envelope import EVERY_SERVICE, TYPES, Envelope, Event

REF = "#/components/schemas/{model}"


def publishers() -> dict[str, list[type[Event]]]:
    """Every event by the service that publishes it, in the order of their types."""
    for module in pkgutil.iter_modules(contracts.__path__):
        importlib.import_module(f"shared.contracts.{module.name}")
    found: dict[str, list[type[Event]]] = {}
    for kind in sorted(TYPES):
        event = TYPES[kind]
        if event.__module__.startswith("shared.contracts.") and event.publisher != EVERY_SERVICE:
            found.setdefault(event.publisher, []).append(event)
    every = [TYPES[kind] for kind in sorted(TYPES) if TYPES[kind].publisher == EVERY_SERVICE]
    return {service: [*events, *every] for service, events in found.items()}


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON schema of each event's `data`, by type."""
    return {
        event.type: event.model_json_schema(mode="serialization")
        for events in publishers().values()
        for event in events
    }


def document(version: str) -> dict[str, Any]:
    """The whole document: a channel per service, a message per event type, one envelope around all."""
    parts: dict[str, Any] = {}
    document: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Zeven events",
            "version": version,
            "description": (
                "CloudEvents 1.0 in JSON. On RabbitMQ each service publishes to an exchange of its own, to which no other may"
                " write, with the type as routing key; what was published together comes as one message in JSON batch format"
                " (`application/cloudevents-batch+json`, a JSON array), routed by the types of all its events: take those you"
                " bound, skip the others, and refuse an event whose `source` is not the service of the exchange."
            ),
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {},
        "operations": {},
        "components": {"messages": {}, "schemas": parts},
    }
    _add(parts, "Envelope", Envelope.model_json_schema(mode="serialization", ref_template=REF))
    for service, events in publishers().items():
        names = {event.__name__: event for event in events}
        document["channels"][service] = {
            "address": f"zeven.events.{service}",
            "description": f"What {service} publishes.",
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        }
        document["operations"][f"{service}_publishes"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{service}"},
        }
        for name, event in names.items():
            _add(parts, name, event.model_json_schema(mode="serialization", ref_template=REF))
            document["components"]["messages"][name] = {
                "name": event.type,
                "summary": (event.__doc__ or "").strip().splitlines()[0],
                "payload": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Envelope"},
                        {
                            "properties": {
                                "type": {"const": event.type},
                                "data": {"$ref": f"#/components/schemas/{name}"},
                            },
                        },
                    ]
                },
            }
    return document


def _add(parts: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    parts |= schema.pop("$defs", {})
    parts[name] = schema
