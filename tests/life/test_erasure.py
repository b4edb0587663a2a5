"""A person is erased: nothing that says who it was, or that the person wrote, is in any database; figures and the chain stay."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.__main__ import SERVICES
from shared.contracts import Envelope
from shared.contracts.defaults import CLIENT_ID, GENERAL_SUPPORT_ID, PROVIDER_ID
from shared.erasure import job, stored
from tests.life.desk import Desk, Json, eventually, json_of
from tests.life.story import PLAN, TESTS
from tests.world import World, token, world

TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
WINDOW = {"planned_start": "2125-03-01T19:00:00Z", "planned_end": "2125-03-01T21:00:00Z"}
LEVELS = {"impact": "medium", "urgency": "high"}


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world(SERVICES, make_database) as zeven:
        yield zeven


@dataclass
class Marked:
    """Somebody whose name and texts have a mark that is nowhere else; `wrote` counts the texts."""

    id: str
    mark: str
    desk: Desk
    texts: int = 0
    calls: list[Json] = field(default_factory=list)

    def words(self) -> str:
        """A new text of this person."""
        self.texts += 1
        return f"{self.mark}{self.texts} says that it rattles"


async def person(zeven: World, *roles: str, party: UUID = CLIENT_ID, **claims: Any) -> Marked:
    """Somebody with a marked name, addresses and these roles; without roles an administrator."""
    mark, admin = f"qx{uuid4().hex[:12]}", Desk(zeven.admin)
    made = await admin.make(
        "/governance/v1/people",
        name=f"{mark} Vale",
        party_id=str(party),
        email=f"{mark}@harbour.example",
        username=f"{mark}@harbour.example",
    )
    await zeven.admin.put(f"/governance/v1/people/{made['id']}/password", json={"new_password": "seven quiet rivers"})
    for role in roles or ("administrator",):
        await admin.make("/governance/v1/role-assignments", person_id=made["id"], role=role)
    await zeven.quiet()
    return Marked(made["id"], mark, Desk(zeven.as_(token(made["id"], *roles, party=str(party), **claims))))


async def found(zeven: World, mark: str) -> dict[str, int]:
    """In how many rows of which tables of which databases a mark is."""
    rows = {}
    for name, running in zeven.host.running.items():
        async with running.engine.connect() as connection:
            for table in (await connection.scalars(text(TABLES))).all():
                if "version" in table and "kernel" in table:
                    continue
                query = text(f"SELECT count(*) FROM {table} AS one WHERE one::text ILIKE :mark")
                if count := (await connection.execute(query, {"mark": f"%{mark}%"})).scalar_one():
                    rows[f"{name} {table}"] = count
    return rows


async def settled(zeven: World, who: Marked) -> Json:
    """The erasure of somebody, once every service has answered and nothing is to do any more."""
    for _ in range(50):
        await zeven.quiet()
        steps = [await running.run_job("erase") for running in zeven.host.running.values()]
        await zeven.quiet()
        erasure: Json = await Desk(zeven.admin).get(f"/governance/v1/people/{who.id}/erasure")
        if not any(steps) and erasure["complete"]:
            return erasure
    raise AssertionError(f"not complete: {erasure}")


async def retired(zeven: World, who: Marked) -> None:
    await Desk(zeven.admin).move(f"/governance/v1/people/{who.id}", "retire")
    await zeven.quiet()


async def erased(zeven: World, who: Marked) -> Json:
    """The completed erasure of somebody who is retired first."""
    await retired(zeven, who)
    await Desk(zeven.admin).make(f"/governance/v1/people/{who.id}/erasure", reason="Asked for, case 2231.")
    return await settled(zeven, who)


async def the_chains_are_intact(zeven: World) -> int:
    """How many events of all services have lost data, of chains that are whole."""
    count = 0
    for running in zeven.host.running.values():
        report = json_of(await zeven.admin.get(f"{running.service.prefix}/v1/audit"))
        assert (report["broken"], report["next"]) == (None, None)
        count += report["erased"]
    return count


async def figures(zeven: World) -> dict[str, Any]:
    """What reports and lists count."""
    desk = Desk(zeven.admin)
    lists = (
        "incident/v1/calls",
        "incident/v1/incidents",
        "change/v1/rfcs",
        "change/v1/changes",
        "service-level/v1/clocks",
    )
    counted = {path: (await desk.get(f"/{path}", count="true"))["total"] for path in lists}
    clocks = (await desk.get("/service-level/v1/clocks", limit=200))["items"]
    kept = ("id", "record_id", "target", "state", "verdict", "started_at", "priority", "caller_id", "registered_by")
    return {
        **counted,
        "performance": await desk.get("/service-level/v1/performance"),
        "clocks": [{name: clock.get(name) for name in kept} for clock in clocks],
        "states": [
            (each["number"], each["state"], each["priority"])
            for each in (await desk.get("/incident/v1/incidents", limit=200))["items"]
        ],
    }


async def calls_with_texts(zeven: World, user: Marked) -> Json:
    """Whatever a user can write: calls, a request, answers, a dispute; the incident of the first call."""
    for kind in ("incident", "rfc"):
        fields = {"type": kind, "title": user.words(), "description": user.words(), **LEVELS}
        user.calls.append(await user.desk.make("/incident/v1/calls", **fields))
    path = f"/incident/v1/incidents/{user.calls[0]['record']['id']}"
    await user.desk.make(f"{path}/work-log", text=user.words())
    await user.desk.make("/change/v1/rfcs", title=user.words(), description=user.words())
    await zeven.quiet()
    return json_of(await zeven.admin.get(path))


async def test_what_a_user_wrote_is_in_no_database_after_the_erasure(zeven: World) -> None:
    agent, user = Desk(zeven.admin), await person(zeven, "user")
    incident = await calls_with_texts(zeven, user)
    path = f"/incident/v1/incidents/{incident['id']}"
    await agent.move(path, "classify")
    await agent.move(path, "take")
    await agent.move(path, "recover", recovery="workaround", solution="Restarted.")
    await user.desk.make(f"{path}/work-log", text=user.words())  # it still fails
    await agent.move(path, "reopen", reason="It rattles still.")
    other = await agent.make(
        "/incident/v1/calls", type="incident", title="The door", description="It rattles.", **LEVELS
    )
    await agent.make(f"{path}/work-log", text="It is the fan, I think.", public=True)
    (rfc,) = (await agent.get("/change/v1/rfcs", origin_id=user.calls[1]["id"]))["items"]
    await agent.move(f"/change/v1/rfcs/{rfc['id']}", "accept")
    await zeven.quiet()
    before, marked = await figures(zeven), await found(zeven, user.mark)
    assert {where.partition(" ")[0] for where in marked} >= {
        "governance",
        "incident",
        "change",
        "knowledge",
        "service_level",
    }

    erasure = await erased(zeven, user)

    assert await found(zeven, user.mark) == {}
    assert await figures(zeven) == before
    assert await the_chains_are_intact(zeven) == sum(each["events"] for each in erasure["answers"]) > 0
    assert erasure["awaited"] == []
    assert {each["service"]: set(each["records"]) for each in erasure["answers"]}["incident"] >= {
        "call",
        "incident",
        "note",
    }
    after = await agent.get(path)
    assert (after["title"], after["description"]) == ("erased", "erased")
    assert after["caller_id"] == user.id
    assert (await agent.get(f"/incident/v1/calls/{other['id']}"))["title"] == "The door"
    notes = [each["text"] for each in (await agent.get(f"{path}/work-log"))["items"]]
    assert sorted(notes) == ["It is the fan, I think.", "It rattles still.", "erased", "erased"]
    for service in ("incident", "change", "knowledge", "service_level"):
        await zeven.rebuild(service)
    await zeven.quiet()
    assert await found(zeven, user.mark) == {}
    assert await figures(zeven) == before


async def a_change_with_texts(zeven: World, agent: Marked, rfc: Json) -> None:
    """Whatever an agent can write about a change, from its acceptance to its evaluation."""
    path = f"/change/v1/rfcs/{rfc['id']}"
    await agent.desk.make(f"{path}/notes", text=agent.words(), public=False)
    change = (await agent.desk.move(path, "accept"))["change_id"]
    path = f"/change/v1/changes/{change}"
    await agent.desk.move(
        path, "classify", change_type="normal", impact="low", likelihood="low", value_stream="maintenance"
    )
    plans = {name: agent.words() for name in PLAN if name.endswith("_plan")}
    await agent.desk.move(path, "plan", **{**PLAN, **WINDOW, **plans})
    roles = (await agent.desk.get(f"{path}/approvals"))["awaited"]
    for place, role in enumerate(roles):
        own = place == 0
        by, note = (agent.desk, agent.words()) if own else (Desk(zeven.as_(token(str(uuid4())))), "Agreed.")
        await by.make(f"{path}/approvals", role=role, decision="approved", note=note)
    await agent.desk.move(path, "prepare")
    await agent.desk.move(path, "test")
    for kind in TESTS:
        await agent.desk.make(f"{path}/test-runs", kind=kind, result="passed", note=agent.words())
    for trigger in ("release", "implement"):
        await agent.desk.move(path, trigger)
    await agent.desk.move(path, "roll_back", reason=agent.words())
    await agent.desk.move(path, "replan", reason=agent.words(), **{**PLAN, **WINDOW, **plans})
    await agent.desk.move(path, "reject", reason=agent.words())


async def test_what_an_agent_wrote_goes_and_what_others_wrote_stays(zeven: World) -> None:
    agent, user = await person(zeven, party=PROVIDER_ID), await person(zeven, "user")
    incident = await calls_with_texts(zeven, user)
    path = f"/incident/v1/incidents/{incident['id']}"
    await agent.desk.make(f"{path}/work-log", text=agent.words(), public=False)
    await agent.desk.move(path, "classify")
    etag = {"If-Match": (await agent.desk.client.get(path)).headers["ETag"]}
    json_of(await agent.desk.client.patch(path, json={"title": agent.words()}, headers=etag))
    await agent.desk.move(path, "take")
    await agent.desk.make(f"{path}/change-requests", title=agent.words(), description=agent.words(), urgent=False)
    await zeven.quiet()
    (of_incident,) = (await agent.desk.get("/change/v1/rfcs", origin_id=incident["id"]))["items"]
    await a_change_with_texts(zeven, agent, of_incident)
    (of_call,) = (await agent.desk.get("/change/v1/rfcs", origin_id=user.calls[1]["id"]))["items"]
    await agent.desk.move(f"/change/v1/rfcs/{of_call['id']}", "return", reason=agent.words())
    await agent.desk.move(path, "recover", recovery="workaround", solution=agent.words())
    await zeven.quiet()
    call = f"/incident/v1/calls/{user.calls[1]['id']}"
    assert agent.mark in (await agent.desk.get(call))["reason"]
    assert any(agent.mark in (each["target_reason"] or "") for each in (await agent.desk.get(f"{path}/links"))["items"])
    before, texts_of_user = await figures(zeven), await found(zeven, user.mark)

    await erased(zeven, agent)

    assert await found(zeven, agent.mark) == {}
    assert await figures(zeven) == before
    assert await the_chains_are_intact(zeven)
    admin, after = Desk(zeven.admin), await found(zeven, user.mark)
    assert {where for where in texts_of_user if "inbox" not in where} == {
        where for where in after if "inbox" not in where
    }
    assert user.mark in (await admin.get(path))["description"]
    assert (await admin.get(path))["title"] == "erased"
    assert user.mark in (await admin.get(call))["title"]
    assert (await admin.get(call))["reason"] == "erased"
    assert user.mark in (await admin.get(f"/change/v1/rfcs/{of_call['id']}"))["description"]

    await erased(zeven, user)
    assert await found(zeven, user.mark) == {}
    assert await figures(zeven) == before
    assert await the_chains_are_intact(zeven)


async def test_what_a_colleague_corrected_goes_and_what_a_colleague_planned_stays(zeven: World) -> None:
    first, second = [await person(zeven, party=PROVIDER_ID) for _ in range(2)]
    await zeven.quiet()
    about = {"service_id": str(GENERAL_SUPPORT_ID), "party_id": str(CLIENT_ID)}
    rfc = await first.desk.make("/change/v1/rfcs", title=first.words(), description=first.words(), **about)
    change = (await second.desk.move(f"/change/v1/rfcs/{rfc['id']}", "accept"))["change_id"]
    path = f"/change/v1/changes/{change}"

    async def correct(**fields: str) -> None:
        etag = {"If-Match": (await second.desk.client.get(path)).headers["ETag"]}
        json_of(await second.desk.client.patch(path, json=fields, headers=etag))

    await correct(title=second.words(), description=second.words())
    classes = {"change_type": "normal", "impact": "low", "likelihood": "low", "value_stream": "maintenance"}
    await first.desk.move(path, "classify", **classes)
    plans = [name for name in PLAN if name.endswith("_plan")]
    await first.desk.move(path, "plan", **{**PLAN, **WINDOW, **{name: first.words() for name in plans}})
    await correct(**{name: second.words() for name in plans})
    await zeven.quiet()
    before, theirs = json_of(await zeven.admin.get(path)), await found(zeven, second.mark)

    await erased(zeven, first)

    assert await found(zeven, first.mark) == {}
    after = json_of(await zeven.admin.get(path))
    bound = ("title", "description", *plans)
    assert {name: after[name] for name in bound} == {name: before[name] for name in bound}
    left = await found(zeven, second.mark)
    assert {where: count for where, count in theirs.items() if "inbox" not in where}.items() <= left.items()
    await erased(zeven, second)
    assert await found(zeven, second.mark) == {}
    assert await the_chains_are_intact(zeven)


async def test_events_that_come_late_twice_or_in_a_rebuild_bring_nothing_back(
    zeven: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "CHAINS_AT_ONCE", 1)
    monkeypatch.setattr(stored, "SEARCHED_AT_ONCE", 10)
    user, agent = await person(zeven, "user"), Desk(zeven.admin)
    await calls_with_texts(zeven, user)
    await zeven.quiet()
    feeds = {
        name: (await agent.get(f"/{name.replace('_', '-')}/v1/events", limit=1000))["items"]
        for name in zeven.host.running
    }
    old = [Envelope.model_validate(each) for events in feeds.values() for each in events if user.mark in str(each)]
    assert {each.type for each in old} >= {"person.registered.v1", "call.routed.v1", "note.added.v1"}
    await retired(zeven, user)
    # the erasure comes before what happened earlier, and again after it
    await agent.make(f"/governance/v1/people/{user.id}/erasure", reason="Asked for.")
    for running in zeven.host.running.values():
        late = [each for each in old if running.service.queue.takes(each.type, each.source)]
        async with running.engine.begin() as connection:
            ids = [str(each.id) for each in late]
            await connection.execute(text("DELETE FROM inbox WHERE event_id::text = ANY(:ids)"), {"ids": ids})
        await running.inbox.deliver(late)
    before = await settled(zeven, user)
    assert await found(zeven, user.mark) == {}
    for running in zeven.host.running.values():
        late = [each for each in old if running.service.queue.takes(each.type, each.source)]
        async with running.engine.begin() as connection:
            await connection.execute(text("DELETE FROM inbox"))
        await running.inbox.deliver([*late, *late])
        await zeven.quiet()
    assert await found(zeven, user.mark) == {}
    for service in ("incident", "change", "knowledge", "service_level"):
        await zeven.rebuild(service)
    assert await found(zeven, user.mark) == {}
    again = json_of(await zeven.admin.post(f"/governance/v1/people/{user.id}/erasure/repeat"))
    assert (again["id"], again["complete"]) == (before["id"], False)
    assert (await settled(zeven, user))["complete"]
    assert await found(zeven, user.mark) == {}
    assert await the_chains_are_intact(zeven)


async def test_a_service_that_is_down_answers_when_it_is_back(zeven: World) -> None:
    user, change = await person(zeven, "user"), zeven.running("change")
    await calls_with_texts(zeven, user)
    await retired(zeven, user)
    await change.inbox.stop()
    path = f"/governance/v1/people/{user.id}/erasure"
    await Desk(zeven.admin).make(path, reason="Asked for.")

    async def awaited() -> list[str]:
        for name, running in zeven.host.running.items():
            if name != "change":
                await running.run_job("erase")
        return (await Desk(zeven.admin).get(path))["awaited"]

    async def only_change() -> bool:
        return await awaited() == ["change"]

    await eventually(only_change, "the answers of all but change")
    left = await found(zeven, user.mark)
    # which of its events others have received repeat a text only change can say
    assert {where for where in left if not where.startswith("change")} <= {"incident public.inbox"}
    assert left["change public.rfc"] > 0
    assert not (await Desk(zeven.admin).get(path))["complete"]
    change.inbox.start()
    assert (await settled(zeven, user))["awaited"] == []
    assert await found(zeven, user.mark) == {}
