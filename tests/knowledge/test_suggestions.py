"""Suggestions for incidents, and counting the incidents that an item solved."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from shared.contracts import Envelope
from shared.contracts.incident import IncidentClassified, IncidentRegistered, SuggestionUsed
from tests.knowledge.conftest import AUTHOR_ID, ITEMS, edited, envelope, move, person, published
from tests.world import World, as_owner

ARTICLE = {"ki_type": "solution_article", "symptom": None, "workaround": None, "body": "How it is done."}
FACTS: dict[str, Any] = {
    "number": "INC-000001",
    "state": "registered",
    "pending_reason": None,
    "impact": None,
    "urgency": None,
    "priority": None,
    "service_id": None,
    "party_id": None,
    "team": None,
    "by_person": True,
    "call_id": None,
}


@pytest.fixture(autouse=True)
async def empty(zeven: World) -> None:
    """No items, so that every test knows what may be suggested."""
    await as_owner(zeven.running("knowledge"), "TRUNCATE ki, ki_version, ki_use, suggestion_set")


def incident(
    title: str, description: str = "Please help.", *, identity: UUID | None = None, sequence: int = 1, **more: Any
) -> Envelope:
    """An incident that was registered, or classified when it is not its first version."""
    kind = IncidentRegistered if sequence == 1 else IncidentClassified
    of_record = {name: more.pop(name) for name in ("ki_ids", "confidential_team_id") if name in more}
    fact = kind(**FACTS, title=title, description=description, **{"ki_ids": [], **of_record})
    return envelope("incident", identity or uuid4(), fact, sequence=sequence, valuestream="maintenance", **more)


async def deliver(zeven: World, *envelopes: Envelope) -> None:
    """Deliver these events and wait until they are handled."""
    await zeven.running("knowledge").inbox.deliver(envelopes)
    await zeven.quiet()


async def answers(zeven: World, identity: UUID) -> list[dict[str, Any]]:
    """The events with suggestions for an incident, oldest first."""
    filters = {"type": "suggestions.found.v1", "correlation_id": str(identity)}
    feed = (await zeven.admin.get("/knowledge/v1/events", params=filters)).json()["items"]
    return [event for event in feed if event["about"] == str(identity)]


async def answered(zeven: World) -> int:
    """How many incidents were answered."""
    async with zeven.running("knowledge").engine.connect() as connection:
        return (await connection.execute(text("SELECT count(*) FROM suggestion_set"))).scalar_one()


async def titles(zeven: World, identity: UUID) -> list[list[str]]:
    """What was suggested for an incident, answer by answer."""
    return [[item["title"] for item in event["data"]["suggestions"]] for event in await answers(zeven, identity)]


async def test_an_incident_is_answered_with_known_errors_first_and_then_by_rank(zeven: World) -> None:
    await published(zeven, **ARTICLE, title="Printer printing printed", keywords=["printer"])
    await published(zeven, title="Spooler", symptom="The printer is silent.", workaround="Restart.")
    await published(zeven, title="Printer silent", symptom="No sound.", workaround="Restart.")
    await published(zeven, title="Coffee machine", symptom="No coffee.", workaround="Tea.")
    said = incident("Printer is silent", "Nothing comes out.")
    await deliver(zeven, said)
    (event,) = await answers(zeven, said.subject)
    assert await titles(zeven, said.subject) == [["Printer silent", "Spooler", "Printer printing printed"]]
    suggestions = event["data"]["suggestions"]
    assert suggestions[0]["rank"] > suggestions[1]["rank"] > 0
    assert all(item["rank"] < 1 for item in suggestions)
    assert (event["correlationid"], event["causationid"]) == (str(said.correlationid), str(said.id))
    assert (event["valuestream"], event["sequence"], event["source"]) == ("maintenance", 1, "knowledge")


async def test_other_forms_and_compounds_are_recognised(zeven: World) -> None:
    await published(zeven, title="Printerstoring", symptom="Niets komt eruit.", workaround="Herstart.")
    said = incident("Printers werken niet meer", "Sinds vanochtend.")
    await deliver(zeven, said)
    assert await titles(zeven, said.subject) == [["Printerstoring"]]


async def test_no_more_than_five_are_suggested(zeven: World) -> None:
    for number in range(7):
        await published(zeven, title=f"Printer {number}")
    said = incident("Printer")
    await deliver(zeven, said)
    assert [len(each) for each in await titles(zeven, said.subject)] == [5]


async def test_better_articles_do_not_crowd_out_a_known_error(zeven: World) -> None:
    for number in range(6):
        await published(zeven, **ARTICLE, title=f"Printer silent {number}")
    await published(zeven, title="Spooler", symptom="The printer says nothing.")
    said = incident("Printer silent")
    await deliver(zeven, said)
    ((first, *others),) = await titles(zeven, said.subject)
    assert (first, len(others)) == ("Spooler", 4)


async def test_nothing_that_fits_means_that_nothing_is_said(zeven: World) -> None:
    early = incident("Printer")
    await deliver(zeven, early)
    await published(zeven, **{**ARTICLE, "body": "Hang it beside the printer."}, title="Holiday calendar")
    mentioned, meaningless = incident("Printer"), incident("De het the of", "' \\ & | ! :* (((")
    await deliver(zeven, mentioned, meaningless)
    for said in (early, mentioned, meaningless):
        assert await answers(zeven, said.subject) == []


async def test_items_that_the_incident_names_rank_highest(zeven: World) -> None:
    known = await published(zeven, title="Printer silent")
    server = await published(
        zeven,
        ki_type="configuration_item",
        symptom=None,
        workaround=None,
        title="Print server",
        attributes={"rack": "B1"},
    )
    article = await published(zeven, **ARTICLE, title="Printer printer", keywords=["printer"])
    gone = await move(zeven.admin, await published(zeven, title="Gone"), "retire", reason="Old.")
    said = incident("Printer", ki_ids=[UUID(server["id"]), UUID(gone["id"]), uuid4()])
    await deliver(zeven, said)
    (event,) = await answers(zeven, said.subject)
    assert [item["ki_id"] for item in event["data"]["suggestions"]] == [known["id"], server["id"], article["id"]]
    assert event["data"]["suggestions"][1]["rank"] == 1


async def test_only_what_is_current_is_suggested(zeven: World) -> None:
    item = await published(zeven, title="Printer silent")
    item = await edited(zeven.admin, item, title="Zebra")
    said = incident("Zebra")
    await deliver(zeven, said)
    assert await answers(zeven, said.subject) == []
    await move(zeven.admin, await move(zeven.admin, item, "submit"), "approve")
    later, former = incident("Zebra"), incident("Printer silent")
    await deliver(zeven, later, former)
    assert await titles(zeven, later.subject) == [["Zebra"]]
    assert await answers(zeven, former.subject) == []


async def test_a_suggestion_says_whether_its_item_is_public(zeven: World) -> None:
    await published(zeven, title="Printer silent A", audience="public")
    await published(zeven, title="Printer silent B")
    draft = await published(zeven, title="Printer silent C", audience="public")
    await edited(zeven.admin, draft, audience="internal")
    said = incident("Printer silent")
    await deliver(zeven, said)
    (event,) = await answers(zeven, said.subject)
    public = {item["title"]: item["public"] for item in event["data"]["suggestions"]}
    assert public == {"Printer silent A": True, "Printer silent B": False, "Printer silent C": True}


async def test_a_confidential_incident_is_not_answered(zeven: World) -> None:
    item = await published(zeven, title="Printer silent")
    team = uuid4()
    said = incident("Printer silent", ki_ids=[UUID(item["id"])], confidential_team_id=team)
    later = incident("Printer silent")
    await deliver(
        zeven, said, later, incident("Printer", identity=later.subject, sequence=2, confidential_team_id=team)
    )
    assert await answers(zeven, said.subject) == await answers(zeven, later.subject) == []
    assert await answered(zeven) == 0


async def test_history_is_not_answered(zeven: World) -> None:
    await published(zeven, title="Printer silent")
    said = incident("Printer silent", historical=True)
    await deliver(zeven, said, incident("Printer silent", identity=said.subject, sequence=2, historical=True))
    assert await answers(zeven, said.subject) == []
    assert await answered(zeven) == 0


async def test_an_incident_is_answered_again_only_when_something_else_would_be_said(zeven: World) -> None:
    await published(zeven, title="Printer silent")
    await published(zeven, title="Scanner broken")
    first = incident("Printer silent")
    await deliver(zeven, first)
    await deliver(zeven, incident("Printer silent", identity=first.subject, sequence=2))
    assert await titles(zeven, first.subject) == [["Printer silent"]]
    await deliver(zeven, incident("Scanner broken", identity=first.subject, sequence=4))
    await deliver(zeven, incident("Coffee", identity=first.subject, sequence=5))
    assert await titles(zeven, first.subject) == [["Printer silent"], ["Scanner broken"]]
    assert [event["sequence"] for event in await answers(zeven, first.subject)] == [1, 2]


async def test_repeats_and_late_comers_are_not_answered(zeven: World) -> None:
    await published(zeven, title="Printer silent")
    await published(zeven, title="Scanner broken")
    first = incident("Printer silent")
    newest = incident("Scanner broken", identity=first.subject, sequence=3)
    await deliver(zeven, newest)
    await deliver(zeven, first, newest, incident("Printer silent", identity=first.subject, sequence=2))
    await deliver(zeven, first.model_copy(update={"id": uuid4()}), newest.model_copy(update={"id": uuid4()}))
    assert await titles(zeven, first.subject) == [["Scanner broken"]]


async def test_a_batch_is_answered_with_one_search(zeven: World) -> None:
    await published(zeven, title="Printer silent")
    await published(zeven, title="Scanner broken")
    batch = [incident("Printer silent" if number % 2 else "Scanner broken") for number in range(40)]
    await deliver(zeven, *batch, incident("Coffee"))
    for number, said in enumerate(batch):
        assert await titles(zeven, said.subject) == [["Printer silent" if number % 2 else "Scanner broken"]]


def used(incident_id: UUID, ki_id: str, **more: Any) -> Envelope:
    """An event of incident: this item solved that incident."""
    fact = SuggestionUsed(incident_id=incident_id, ki_id=UUID(ki_id))
    return envelope("incident", uuid4(), fact, about=incident_id, **more)


async def use_count(zeven: World, item: dict[str, Any]) -> int:
    """How many incidents an item has solved, as readers see it."""
    count: int = (await zeven.admin.get(f"{ITEMS}/{item['id']}")).json()["use_count"]
    return count


async def test_an_incident_counts_once_for_an_item_that_solved_it(zeven: World) -> None:
    item, other = await published(zeven, title="Printer silent"), await published(zeven, title="Printer loud")
    one, two = uuid4(), uuid4()
    await deliver(zeven, used(one, item["id"]), used(one, item["id"]), used(two, item["id"], historical=True))
    await deliver(zeven, used(one, item["id"]), used(one, other["id"]), used(one, str(uuid4())))
    assert (await use_count(zeven, item), await use_count(zeven, other)) == (2, 1)
    assert (await zeven.admin.get(f"{ITEMS}/{item['id']}")).json()["version"] == item["version"]


async def test_what_has_helped_is_suggested_before_what_has_not(zeven: World) -> None:
    await published(zeven, title="Printer silent A")
    second = await published(zeven, title="Printer silent B")
    await deliver(zeven, *(used(uuid4(), second["id"]) for _ in range(3)))
    said = incident("Printer silent")
    await deliver(zeven, said)
    assert await titles(zeven, said.subject) == [["Printer silent B", "Printer silent A"]]
    hits = (await zeven.admin.get("/knowledge/v1/search", params={"q": "printer silent"})).json()["items"]
    assert [(hit["title"], hit["use_count"]) for hit in hits] == [("Printer silent B", 3), ("Printer silent A", 0)]


async def said(zeven: World) -> list[dict[str, Any]]:
    """What knowledge has published, its rebuilds apart."""
    items = (await zeven.admin.get("/knowledge/v1/events", params={"limit": 1000})).json()["items"]
    return [each for each in items if not each["type"].startswith("rebuild.")]


async def test_rebuilding_counts_the_uses_again_and_says_nothing(zeven: World) -> None:
    item = await published(zeven, title="Printer silent")
    received = [incident("Printer silent"), used(uuid4(), item["id"]), used(uuid4(), item["id"]), person(1, AUTHOR_ID)]
    await deliver(zeven, *received)
    events = await said(zeven)
    await zeven.rebuild("knowledge")
    assert await use_count(zeven, item) == 0
    rebuilt = await zeven.rebuild("knowledge", (*received, *received, incident("Printer silent")))
    assert sum(feed["handled"] for feed in rebuilt["feeds"]) == 9
    await zeven.quiet()
    assert await use_count(zeven, item) == 2
    assert await said(zeven) == events
    assert await answered(zeven) == 1
    await edited(zeven.admin, item, owner_id=str(AUTHOR_ID))
