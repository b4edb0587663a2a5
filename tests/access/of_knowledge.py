"""The expected access in knowledge, from `services/knowledge/README.md`."""

from typing import Any

from services.knowledge.manifest import SERVICE
from services.knowledge.models import KnowledgeItem, KnownPerson, Version
from shared.contracts.roles import ADMINISTRATOR, ROLES
from shared.records.notes import Note
from tests.access.callers import PEOPLE, Caller, store
from tests.access.oracle import PROVIDER, Record, Rule, anybody_with
from tests.access.tables import Belonging, Listed, Records, Route, Table, duties
from tests.world import World

ONE = "/items/{item_id}"
#: the provider's people read everything, whatever the scope of their role
reads_internal = anybody_with(PROVIDER)
reads_public = anybody_with({*ROLES} - {ADMINISTRATOR})


def sees(caller: Caller, record: Record) -> bool:
    return reads_internal(caller) or (record.public and reads_public(caller))


def writes(caller: Caller, _: object = None) -> bool:
    """Items belong to no party, team or service: who writes does so everywhere or in this process."""
    here = [("", ""), ("process", "knowledge")]
    return caller.administers or any(
        grant.role in PROVIDER and (grant.kind, grant.name) in here for grant in caller.grants
    )


def approves(caller: Caller, record: Record) -> bool:
    """Who writes approves, but for what he or she wrote; the knowledge manager and administrators approve that too."""
    here = [("", ""), ("process", "knowledge")]
    manages = any(grant.role == "knowledge_manager" and (grant.kind, grant.name) in here for grant in caller.grants)
    return writes(caller) and (caller.sub not in record.people or manages or caller.administers)


def _move(trigger: str, may: Rule, **given: str) -> Route:
    body = {"trigger": trigger, **given}
    return Route("POST", f"{ONE}/moves", may, "item", body=lambda *_: body, versioned=True, name=trigger)


def _new(*_: object) -> dict[str, Any]:
    return {"ki_type": "known_error", "title": "Printers do not print"}


def _version(caller: Caller, record: Record) -> str:
    return f"/items/{record.id}/versions/{record.more.get('shown', 1)}"


def _shows_item(caller: Caller, record: Record, item: Any) -> bool:
    """The provider sees a draft; nobody else sees whether there is one, not even by the version."""
    if reads_internal(caller):
        return bool(item["draft"]) == record.more["drafted"]
    return (item["draft"], item["draft_version"], item["draft_state"], item["version"]) == (None, None, None, 2)


ROUTES = [
    Route("POST", "/items", writes, body=_new),
    Route("GET", ONE, sees, "item", shows=_shows_item),
    Route("PATCH", ONE, writes, "item", body=lambda *_: {"title": "Better"}, versioned=True),
    Route("GET", f"{ONE}/moves", reads_internal, "item"),
    _move("submit", writes),
    _move("return", writes, reason="Shorter."),
    _move("approve", approves),
    _move("retire", writes, reason="Old."),
    Route("GET", f"{ONE}/versions", sees, "item"),
    Route("GET", f"{ONE}/versions/{{number}}", sees, "item", path=_version),
    Route("GET", f"{ONE}/notes", reads_internal, "item"),
    Route("POST", f"{ONE}/notes", writes, "item", body=lambda *_: {"text": "Seen."}),
    Route("GET", f"{ONE}/timeline", reads_internal, "item"),
    # whose role has a scope is refused for each item
    *duties("knowledge"),
    Route("GET", "/search", reads_public, path=lambda *_: "/search?q=printer"),
]


def _drafted(caller: Caller, record: Record) -> bool:
    return record.more["drafted"] and reads_internal(caller)


LISTS = [
    Listed("/items", "item", sees),
    Listed(
        "/search", "item", lambda caller, record: record.more["current"] and sees(caller, record), "q=printer&limit=50"
    ),
    # a filter shows no draft either
    Listed("/items", "item", _drafted, "draft_state=draft&draft_state=in_review&sort=-updated_at&count=true"),
]
BELONGING = [
    Belonging(
        f"{ONE}/versions",
        "item",
        lambda caller, _, item: reads_internal(caller) or item["state"] == "current",
        "number",
    ),
    Belonging(f"{ONE}/notes", "item", lambda caller, *_: reads_internal(caller)),
    Belonging(f"{ONE}/moves", "item", lambda caller, *_: writes(caller), "trigger"),
]


async def furnish(world: World) -> Records:
    """Items of both audiences in every state, with drafts and older versions, written by several people."""
    rows: list[Any] = [KnownPerson(id=one, sequence=1, name="A person", active=True) for one in PEOPLE]
    items = []
    for number in range(30):
        state = ("draft", "in_review", "current", "current", "retired")[number % 5]
        audience = ("public", "internal")[number // 5 % 2]
        current = 2 if state in ("current", "retired") else None
        draft = state if current is None else ("draft" if number % 5 == 3 else None)
        author = str(PEOPLE[number // 5])
        item = KnowledgeItem(
            number=f"KI-{number}",
            ki_type="known_error",
            state=state,
            title="Printer",
            language="en",
            audience=audience,
            owner_id=PEOPLE[0],
            registered_by=author,
            current_version=current,
            draft_version=(3 if current else 1) if draft else None,
            draft_state=draft,
        )
        item.current_at = item.created_at if current else None
        content = {"ki_type": "known_error", "title": "Printer", "symptom": "Silent.", "workaround": "Restart it."}
        content |= {"keywords": [], "attributes": {}, "language": "en", "authors": [author]}
        numbered = {1: "retired", 2: state} if current else {}
        numbered |= {item.draft_version: draft} if draft else {}
        rows.append(item)
        rows += [
            Version(ki_id=item.id, number=one, state=stage, audience=audience, **content)
            for one, stage in numbered.items()
        ]
        rows.append(Note(record_id=item.id, public=bool(number % 2), text="A note", author_id=author, by_provider=True))
        public = state == "current" and audience == "public"
        more = {"shown": current or 1, "current": state == "current", "drafted": bool(draft)}
        items.append(Record(item.id, people=frozenset({author}), public=public, more=more))
    await store(world, "knowledge", rows)
    return {"item": items}


TABLE = Table(
    SERVICE,
    furnish,
    {"item": sees},
    routes=ROUTES,
    lists=LISTS,
    belonging=BELONGING,
    share=0.6,
    special_roles=("knowledge_manager",),
)
