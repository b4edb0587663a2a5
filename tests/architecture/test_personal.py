"""Every text that people write is erased with its author: nothing new is forgotten, in tables or in events."""

from services.__main__ import SERVICES
from shared.contracts.envelope import TYPES
from shared.erasure.job import OF_EVERY_SERVICE
from shared.events import KERNEL
from shared.redaction import NAMES, TEXTS
from shared.retention import PERSONAL
from shared.runtime import Service

#: texts in events that people write, and that stay: names of things, which the organisation chose
OF_THE_ORGANISATION = {"name"}
#: texts in events that nobody writes freely: ids, numbers, and values of lists
GIVEN = {
    *("number", "incident_number", "change_number", "state", "kind", "type", "service", "source", "role", "scope"),
    *("reference", "registered_by", "client_id", "team", "category", "given_by", "recorded_by", "target", "priority"),
    *("digest", "issuer", "event_type", "error"),
}
#: columns that are named like a text of people and are not: what the organisation publishes, what is deleted, what repeats
EXCEPT = {
    "knowledge": {"ki.title", "ki_version.title"},
    "incident": {"suggestion.title", "known_item.title"},
    "change": {"known_item.title"},
    "service_level": {"service.description", "observation.reason"},
}
IN_KERNEL = {"rebuild.reason", "quarantine.reason", "confidential_access.reason"}


def columns(tables: object) -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in tables.tables.values()  # type: ignore[attr-defined]
        for column in table.columns
        if column.name in TEXTS
    }


def declared(service: Service | None) -> set[str]:
    texts = service.personal if service else (*OF_EVERY_SERVICE, *PERSONAL)
    return {f"{each.table.name}.{name}" for each in texts for name in each.columns}


def test_every_column_with_texts_of_people_is_declared() -> None:
    for service in SERVICES:
        assert columns(service.tables) - declared(service) == EXCEPT.get(service.name, set()), service.name
    assert columns(KERNEL) - declared(None) == IN_KERNEL


def test_every_text_of_an_event_is_one_that_can_be_erased_or_that_nobody_writes() -> None:
    found = {
        (name, kind.type)
        for kind in TYPES.values()
        if kind.__module__.startswith("shared.contracts.")
        for name, field in kind.model_fields.items()
        if str in _kinds(field.annotation) and name not in TEXTS | NAMES | OF_THE_ORGANISATION | GIVEN
    }
    assert found == set()


def _kinds(annotation: object) -> set[object]:
    from types import UnionType
    from typing import get_args

    return set(get_args(annotation)) if isinstance(annotation, UnionType) else {annotation}
