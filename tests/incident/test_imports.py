"""Another system's history, recorded as fact over the API."""

import asyncio
from typing import Any
from unicodedata import normalize
from uuid import uuid4

import pytest

from services.incident.history.commands import CHANGED_HERE, DIFFERS, RETIRED
from shared.contracts.defaults import CLIENT_ID, GENERAL_SUPPORT_ID
from tests.incident.conftest import PERSON_ID, SUPPLIER_TEAM_ID, TEAM_ID
from tests.incident.desk import moved, read
from tests.world import World, as_owner

AT = "2026-03-02T{}:00Z".format


def history(key: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    values = {"impact": "low", "urgency": "low", "team": "Desk"}
    return {"key": key, "registered_at": AT("09:00"), "values": values, "steps": list(steps), **more}


WHOLE = (
    {"at": AT("09:30"), "state": "in_recovery"},
    {"at": AT("10:00"), "state": "pending", "reason": "user"},
    {"at": AT("11:00"), "state": "in_recovery", "set": {"team": "Network"}},
    {"at": AT("12:00"), "state": "recovered"},
    {"at": AT("13:00"), "state": "closed"},
)


async def send(zeven: World, source: str, *histories: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"source": source, "incidents": list(histories), **more}
    answer = await zeven.admin.post("/incident/v1/imports", json=body)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    assert report["imported"] + report["unchanged"] + len(report["skipped"]) == len(histories)
    return report


async def imported(zeven: World, source: str) -> list[dict[str, Any]]:
    found = (await zeven.admin.get("/incident/v1/incidents", params={"source": source, "limit": 200})).json()["items"]
    return [await read(zeven.admin, one["id"]) for one in sorted(found, key=lambda one: str(one["source_key"]))]


async def timeline_of(zeven: World, incident: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await read(zeven.admin, incident["id"], "/timeline"))["items"]
    return items


@pytest.fixture
def source() -> str:
    return f"desk-{uuid4().hex[:8]}"


async def test_a_history_becomes_an_incident_with_its_events(zeven: World, source: str) -> None:
    report = await send(zeven, source, history("A-1", *WHOLE))
    assert (report["imported"], report["steps"], report["outside_lifecycle"]) == (1, 5, [])
    assert report["completed_event_id"] is None
    (incident,) = await imported(zeven, source)
    assert (incident["state"], incident["priority"], incident["foreign"]) == ("closed", "P4", {"team": "Network"})
    assert (incident["created_at"], incident["recovered_at"], incident["closed_at"]) == (
        AT("09:00"),
        AT("12:00"),
        AT("13:00"),
    )
    assert incident["updated_at"] == AT("13:00")
    events = await timeline_of(zeven, incident)
    assert [(event["type"], event["time"]) for event in events] == [
        ("incident.registered.v1", AT("09:00")),
        ("incident.taken.v1", AT("09:30")),
        ("incident.paused.v1", AT("10:00")),
        ("incident.resumed.v1", AT("11:00")),
        ("incident.recovered.v1", AT("12:00")),
        ("incident.closed.v1", AT("13:00")),
    ]
    assert all(event["historical"] for event in events)
    assert [event["data"]["team"] for event in events] == ["Desk"] * 3 + ["Network"] * 3
    assert [event["sequence"] for event in events] == list(range(1, 7))
    assert incident["version"] == 6


async def test_sent_again_it_changes_nothing(zeven: World, source: str) -> None:
    sent = [history("A-1", *WHOLE), history("A-2")]
    await send(zeven, source, *sent)
    before = await imported(zeven, source)
    again = await send(zeven, source, *sent)
    assert (again["imported"], again["unchanged"], again["skipped"], again["steps"]) == (0, 2, [], 0)
    assert await imported(zeven, source) == before


async def test_the_same_history_told_otherwise_is_the_same(zeven: World, source: str) -> None:
    await send(zeven, source, history("A-1", WHOLE[0]))
    otherwise = {
        "registered_at": "2026-03-02T10:00:00+01:00",
        "key": "A-1",
        "links": [],
        "values": {"team": "Desk", "urgency": "low", "impact": "low", "caller": None},
        "steps": [{"state": "in_recovery", "at": "2026-03-02T09:30:00.000Z", "set": {}, "links": []}],
    }
    assert (await send(zeven, source, otherwise))["unchanged"] == 1


async def test_another_history_under_the_same_key_is_skipped(zeven: World, source: str) -> None:
    await send(zeven, source, history("A-1", *WHOLE))
    before = await imported(zeven, source)
    report = await send(zeven, source, history("A-1", *WHOLE[:2]), history("A-2"))
    assert (report["imported"], report["skipped"]) == (1, [{"key": "A-1", "reason": DIFFERS}])
    assert [one for one in await imported(zeven, source) if one["source_key"] == "A-1"] == before


async def test_a_grown_history_adds_its_further_steps(zeven: World, source: str) -> None:
    link, other = {"kind": "problem", "key": "P-1"}, {"kind": "rfc", "key": "R-1"}
    steps = [dict(step) for step in WHOLE]
    steps[1]["links"], steps[3]["links"] = [link], [link, other]
    for count, recorded in ((0, 0), (2, 2), (4, 2), (5, 1)):
        report = await send(zeven, source, history("A-1", *steps[:count], links=[link]))
        assert (report["imported"], report["extended"], report["steps"]) == (1, int(count > 0), recorded)
    await send(zeven, f"{source}-b", history("A-1", *steps, links=[link]))
    (grown,), (at_once,) = await imported(zeven, source), await imported(zeven, f"{source}-b")
    same = ("state", "version", "updated_at", "recovered_at", "closed_at", "foreign", "priority")
    assert [grown[name] for name in same] == [at_once[name] for name in same]
    own = [
        [
            (event["type"], event["time"], event["sequence"], event["historical"])
            for event in await timeline_of(zeven, one)
        ]
        for one in (grown, at_once)
    ]
    assert own[0] == own[1]
    links = (await read(zeven.admin, grown["id"], "/links"))["items"]
    assert [one["reference"] for one in links] == ["P-1", "R-1"]
    assert (await send(zeven, source, history("A-1", *steps, links=[link])))["unchanged"] == 1


@pytest.mark.parametrize(
    "otherwise",
    [
        history("A-1", {"at": AT("09:20"), "state": "classified"}, *WHOLE[:3]),
        history("A-1", {**WHOLE[0], "set": {"team": "Other"}}, *WHOLE[1:4]),
        history("A-1", *WHOLE[:4], values={"impact": "high", "urgency": "low", "team": "Desk"}),
        history("A-1", *WHOLE[:4], registered_at=AT("08:59")),
        history("A-1", *WHOLE[:1]),
    ],
    ids=["step between", "other step", "other values", "other registration", "shorter"],
)
async def test_a_history_that_does_not_begin_with_the_imported_one_is_skipped(
    zeven: World, source: str, otherwise: dict[str, Any]
) -> None:
    await send(zeven, source, history("A-1", *WHOLE[:2]))
    before = await imported(zeven, source)
    assert (await send(zeven, source, otherwise))["skipped"] == [{"key": "A-1", "reason": DIFFERS}]
    assert await imported(zeven, source) == before


async def test_an_incident_that_was_changed_here_gets_no_more_steps_of_the_other_system(
    zeven: World, source: str
) -> None:
    await send(zeven, source, history("A-1", *WHOLE[:1]), history("A-2", *WHOLE[:1]))
    first, _ = await imported(zeven, source)
    await moved(zeven.admin, first, "pause")
    before = await imported(zeven, source)
    report = await send(zeven, source, history("A-1", *WHOLE), history("A-2", *WHOLE))
    assert (report["imported"], report["extended"], report["skipped"]) == (
        1,
        1,
        [{"key": "A-1", "reason": CHANGED_HERE}],
    )
    assert (await imported(zeven, source))[0] == before[0]


async def test_a_history_grown_twice_in_one_batch_grows_once(zeven: World, source: str) -> None:
    await send(zeven, source, history("A-1", *WHOLE[:1]))
    report = await send(zeven, source, history("A-1", *WHOLE[:2]), history("A-1", *WHOLE))
    assert (report["extended"], report["skipped"]) == (1, [{"key": "A-1", "reason": DIFFERS}])
    assert (await imported(zeven, source))[0]["state"] == "pending"


async def test_two_who_send_the_same_grown_history_at_once_extend_it_once(zeven: World, source: str) -> None:
    await send(zeven, source, history("A-1", *WHOLE[:2]))
    reports = await asyncio.gather(*(send(zeven, source, history("A-1", *WHOLE)) for _ in range(4)))
    assert sorted(report["extended"] for report in reports) == [0, 0, 0, 1]
    assert (await imported(zeven, source))[0]["version"] == 6


async def test_title_description_and_priority_are_those_of_the_other_system(zeven: World, source: str) -> None:
    values = {
        "title": "No light",
        "description": "Dark\nin hall 7.",
        "priority": "P2",
        "impact": "low",
        "urgency": "low",
    }
    step = {"at": AT("10:00"), "set": {"title": "No light at all", "impact": "medium"}}
    await send(zeven, source, history("A-1", step, values=values))
    (incident,) = await imported(zeven, source)
    assert [incident[name] for name in ("title", "description", "priority", "impact")] == [
        "No light at all",
        "Dark\nin hall 7.",
        "P2",
        "medium",
    ]
    registered = (await timeline_of(zeven, incident))[0]["data"]
    assert (registered["title"], registered["priority"]) == ("No light", "P2")


async def test_a_foreign_priority_stays_until_somebody_classifies_the_incident_here(zeven: World, source: str) -> None:
    await send(zeven, source, history("A-1", WHOLE[0], values={"priority": "P1"}))
    (incident,) = await imported(zeven, source)
    path = f"/incident/v1/incidents/{incident['id']}"
    for change, priority in (({"title": "Dark"}, "P1"), ({"impact": "low", "urgency": "low"}, "P4")):
        version = {"If-Match": (await zeven.admin.get(path)).headers["ETag"]}
        answer = await zeven.admin.patch(path, json=change, headers=version)
        assert (answer.status_code, answer.json()["priority"]) == (200, priority)


async def test_a_key_twice_in_one_batch_counts_once(zeven: World, source: str) -> None:
    report = await send(zeven, source, history("A-1"), history("A-1"), history("A-1", *WHOLE))
    assert (report["imported"], report["unchanged"], len(report["skipped"])) == (1, 1, 1)
    assert (await imported(zeven, source))[0]["state"] == "registered"


async def test_the_same_key_of_another_source_is_another_incident(zeven: World, source: str) -> None:
    assert (await send(zeven, source, history("A-1")))["imported"] == 1
    assert (await send(zeven, f"{source}-b", history("A-1")))["imported"] == 1


async def test_steps_outside_the_lifecycle_are_recorded_and_counted(zeven: World, source: str) -> None:
    steps = (
        {"at": AT("09:10"), "state": "pending", "reason": "user"},
        {"at": AT("09:20"), "state": "pending", "reason": "supplier"},
        {"at": AT("09:30"), "state": "recovered"},
        {"at": AT("09:40"), "state": "pending", "reason": "problem"},
        {"at": AT("09:50"), "state": "closed"},
        {"at": AT("09:50"), "state": "in_recovery"},
        {"at": AT("09:55"), "state": "registered"},
    )
    report = await send(zeven, source, history("A-1", *steps))
    assert [(one["key"], one["from_state"], one["to_state"]) for one in report["outside_lifecycle"]] == [
        ("A-1", "registered", "pending:user"),
        ("A-1", "recovered", "pending:problem"),
        ("A-1", "pending:problem", "closed"),
        ("A-1", "in_recovery", "registered"),
    ]
    assert report["steps"] == 7
    (incident,) = await imported(zeven, source)
    assert (incident["state"], incident["recovered_at"], incident["closed_at"]) == ("registered", None, None)
    assert len([event for event in await timeline_of(zeven, incident) if event["subject"] == incident["id"]]) == 8


async def test_time_never_runs_backwards_within_an_incident(zeven: World, source: str) -> None:
    steps = (
        {"at": AT("12:00"), "state": "in_recovery"},
        {"at": AT("08:00"), "state": "recovered"},
        {"at": AT("11:00"), "state": "closed", "links": [{"kind": "problem", "key": "P-1"}]},
    )
    await send(zeven, source, history("A-1", *steps))
    (incident,) = await imported(zeven, source)
    assert [event["time"] for event in await timeline_of(zeven, incident)] == [AT("09:00")] + [AT("12:00")] * 4
    assert incident["recovered_at"] == incident["closed_at"] == incident["updated_at"] == AT("12:00")


async def test_what_only_sets_values_keeps_the_state(zeven: World, source: str) -> None:
    steps = (
        {"at": AT("10:00"), "set": {"impact": "high", "urgency": "high", "assignee": "A 7", "team": "Desk"}},
        {"at": AT("11:00"), "set": {"team": "Desk"}},
        {"at": AT("12:00"), "set": {"team": None, "classification": ["print"], "channel": "fax"}},
        {"at": AT("12:30")},
    )
    report = await send(zeven, source, history("A-1", *steps))
    assert report["steps"] == 4
    (incident,) = await imported(zeven, source)
    assert (incident["state"], incident["priority"]) == ("registered", "P1")
    assert incident["foreign"] == {"team": "Desk", "assignee": "A 7"}
    assert (incident["classification"], incident["channel"]) == (["print"], "fax")
    assert [event["type"] for event in await timeline_of(zeven, incident)] == [
        "incident.registered.v1",
        "incident.changed.v1",
        "incident.changed.v1",
    ]


async def test_a_state_that_is_told_twice_was_entered_once(zeven: World, source: str) -> None:
    twice = (
        WHOLE[0],
        WHOLE[3],
        {"at": AT("12:30"), "state": "recovered"},
        WHOLE[4],
        {"at": AT("14:00"), "state": "closed"},
    )
    await send(zeven, source, history("A-1", *twice))
    (incident,) = await imported(zeven, source)
    assert (incident["recovered_at"], incident["closed_at"]) == (AT("12:00"), AT("13:00"))
    assert len(await timeline_of(zeven, incident)) == 4


async def test_a_link_that_is_named_again_is_one_link(zeven: World, source: str) -> None:
    link, other = {"kind": "problem", "key": "P-1"}, {"kind": "rfc", "key": "R-1"}
    steps = ({"at": AT("10:00"), "links": [other]}, {"at": AT("11:00"), "links": [link, link]})
    await send(zeven, source, history("A-1", *steps, links=[link]))
    (incident,) = await imported(zeven, source)
    links = (await read(zeven.admin, incident["id"], "/links"))["items"]
    assert [(one["kind"], one["reference"], one["created_at"]) for one in links] == [
        ("problem", "P-1", AT("09:00")),
        ("rfc", "R-1", AT("10:00")),
    ]
    assert all(event["historical"] for event in await timeline_of(zeven, incident))


async def test_a_big_batch_is_recorded_whole(zeven: World, source: str) -> None:
    batch = [history(f"B-{n:04d}", *WHOLE) for n in range(1000)]
    report = await send(zeven, source, *batch)
    assert (report["imported"], report["steps"]) == (1000, 5000)
    page = (await zeven.admin.get("/incident/v1/incidents", params={"source": source, "count": "true"})).json()
    assert page["total"] == 1000
    assert (await send(zeven, source, *batch))["unchanged"] == 1000


async def test_two_who_send_the_same_at_once_make_one_incident(zeven: World, source: str) -> None:
    reports = await asyncio.gather(*(send(zeven, source, history("A-1", *WHOLE)) for _ in range(4)))
    assert sorted(report["imported"] for report in reports) == [0, 0, 0, 1]
    assert sum(report["unchanged"] for report in reports) == 3


async def test_the_last_batch_names_the_event_that_follows_all_others(zeven: World, source: str) -> None:
    await send(zeven, source, history("A-1", *WHOLE), history("A-2"))
    report = await send(zeven, source, history("A-3"), last=True)
    await zeven.quiet()
    feed = (await zeven.admin.get("/incident/v1/events", params={"type": "incident_import.completed.v1"})).json()[
        "items"
    ]
    completed = next(event for event in feed if event["id"] == report["completed_event_id"])
    assert (completed["data"], completed["historical"]) == ({"source": source, "incidents": 3}, True)
    after = {"after": completed["position"] - 1, "limit": 1000}
    later = (await zeven.admin.get("/incident/v1/events", params=after)).json()["items"]
    assert [event["id"] for event in later] == [completed["id"]]
    empty = await send(zeven, source, last=True)
    assert empty["completed_event_id"] not in (None, report["completed_event_id"])


async def test_history_is_not_closed_by_time_but_may_be_taken_up(zeven: World, source: str) -> None:
    await send(zeven, source, history("A-1", *WHOLE[:4]), history("A-2", WHOLE[0]))
    await zeven.running("incident").run_job("close_undisputed")
    recovered, going_on = await imported(zeven, source)
    assert recovered["state"] == "recovered"
    live = await moved(zeven.admin, going_on, "pause", "resume", "recover")
    assert live["recovery"] == "workaround"
    assert [event["historical"] for event in await timeline_of(zeven, live)] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"source": " "}, "/source"),
        ({"source": None}, "/source"),
        ({"incidents": [{"key": "A"}]}, "/incidents/0/registered_at"),
        ({"incidents": [history("A"), history("")]}, "/incidents/1/key"),
        ({"incidents": [history("A", {"at": "2026-03-02T09:00:00", "state": "closed"})]}, "/incidents/0/steps/0/at"),
        ({"incidents": [history("A", {"at": 1772442000, "state": "closed"})]}, "/incidents/0/steps/0/at"),
        ({"incidents": [history("A", WHOLE[0], {"at": AT("10:00"), "state": "gone"})]}, "/incidents/0/steps/1/state"),
        ({"incidents": [history("A", {"at": AT("10:00"), "reason": "user"})]}, "/incidents/0/steps/0"),
        (
            {"incidents": [history("A", {"at": AT("10:00"), "set": {"colour": "red"}})]},
            "/incidents/0/steps/0/set/colour",
        ),
        ({"incidents": [history("A", values={"impact": 1})]}, "/incidents/0/values/impact"),
        ({"incidents": [history("A", links=[{"kind": "x"}])]}, "/incidents/0/links/0/key"),
        ({"incidents": [history(f"A-{n}") for n in range(1001)]}, "/incidents"),
        ({"last": "yes"}, "/last"),
        ({"extra": 1}, "/extra"),
    ],
)
async def test_a_wrong_batch_is_refused_whole(zeven: World, source: str, wrong: dict[str, Any], pointer: str) -> None:
    body = {"source": source, "incidents": [history("A-0")], **wrong}
    answer = await zeven.admin.post("/incident/v1/imports", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer, answer.json()["errors"]
    assert await imported(zeven, source) == []


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"steps": [{"at": "9999-01-01T00:00:00Z", "state": "closed"}]}, "/incidents/0/steps/0/at"),
        ({"steps": [{"at": "2150-01-01T00:00:00Z", "state": "closed"}]}, "/incidents/0"),
        ({"registered_at": "1969-12-31T23:59:59Z"}, "/incidents/0/registered_at"),
        ({"registered_at": "2150-01-01T00:00:00Z"}, "/incidents/0"),
        (
            {"registered_at": "1970-01-01T00:00:00Z", "steps": [{"at": "2071-01-01T00:00:00Z", "state": "closed"}]},
            "/incidents/0",
        ),
    ],
)
async def test_a_step_more_than_a_hundred_years_off_is_refused_at_the_door(
    zeven: World, source: str, changed: dict[str, Any], where: str
) -> None:
    body = {"source": source, "incidents": [{**history("A-1"), **changed}]}
    answer = await zeven.admin.post("/incident/v1/imports", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, where), answer.text
    assert await imported(zeven, source) == []


async def test_a_step_up_to_a_hundred_years_off_is_taken(zeven: World, source: str) -> None:
    old = {**history("A-1", {"at": "2020-01-01T00:00:00Z", "state": "closed"}), "registered_at": "1970-01-01T00:00:00Z"}
    assert (await send(zeven, source, old))["imported"] == 1


async def test_a_history_under_a_key_in_another_form_is_the_same_history(zeven: World) -> None:
    composed, decomposed = "M\u00fcnchen", "Mu\u0308nchen"
    source = f"{uuid4().hex[:8]} {composed}"
    assert (await send(zeven, source, history(composed)))["imported"] == 1
    again = await send(zeven, source.replace(composed, decomposed), history(decomposed))
    assert (again["imported"], again["unchanged"], again["source"]) == (0, 1, source)
    running = zeven.running("incident")
    stored = normalize("NFD", source), decomposed
    await as_owner(running, "UPDATE incident SET source = $1, source_key = $2 WHERE source = $3", *stored, source)
    for asked in (source, stored[0]):
        found = (await zeven.admin.get("/incident/v1/incidents", params={"source": asked})).json()["items"]
        assert [one["source_key"] for one in found] == [decomposed], "what was stored before in another form is found"
    assert (await send(zeven, source, history(composed)))["imported"] == 0, "and is not imported again"


async def test_what_a_rule_of_retention_deleted_is_not_imported_again(zeven: World, source: str) -> None:
    await send(zeven, source, history("A-1", *WHOLE), history("A-2", *WHOLE[:1]))
    await zeven.quiet()
    rule = {"days": 30, "reason": "Kept for a month."}
    assert (await zeven.admin.put("/incident/v1/retention/incident", json=rule)).status_code == 200
    try:
        while await zeven.running("incident").run_job("retire"):
            pass
    finally:
        rule = {"days": None, "reason": "Kept again."}
        assert (await zeven.admin.put("/incident/v1/retention/incident", json=rule)).status_code == 200
    assert [each["source_key"] for each in await imported(zeven, source)] == ["A-2"]
    again = await send(zeven, source, history("A-1", *WHOLE), history("A-2", *WHOLE[:1]))
    assert (again["imported"], again["unchanged"]) == (0, 2)
    grown = await send(zeven, source, history("A-1", *WHOLE, {"at": AT("14:00"), "state": "in_recovery"}))
    assert grown["skipped"] == [{"key": "A-1", "reason": RETIRED}]
    assert [each["source_key"] for each in await imported(zeven, source)] == ["A-2"]


async def test_a_history_may_name_records_that_are_known_here(zeven: World, source: str) -> None:
    named = {"service_id": str(GENERAL_SUPPORT_ID), "team_id": str(TEAM_ID), "caller_id": str(PERSON_ID)}
    moved_on = {"at": AT("09:30"), "state": "in_recovery", "set": {"team_id": str(SUPPLIER_TEAM_ID)}}
    one = history("A-1", moved_on)
    one["values"] |= named
    report = await send(zeven, source, one)
    assert (report["imported"], report["skipped"]) == (1, [])
    (incident,) = await imported(zeven, source)
    assert incident["party_id"] == str(CLIENT_ID), "the party of its caller"
    assert {name: incident[name] for name in named} == {**named, "team_id": str(SUPPLIER_TEAM_ID)}
    assert incident["foreign"] == {"team": "Desk"}
    registered, taken = await timeline_of(zeven, incident)
    assert (registered["data"]["team"], taken["data"]["team"]) == (named["team_id"], str(SUPPLIER_TEAM_ID))
    assert registered["data"]["service_id"] == named["service_id"]
    assert (await send(zeven, source, one))["unchanged"] == 1
    further = {**one, "steps": [moved_on, {"at": AT("12:00"), "state": "recovered"}]}
    assert (await send(zeven, source, further))["extended"] == 1


async def test_a_history_that_names_an_unknown_record_is_skipped_with_the_reason(zeven: World, source: str) -> None:
    stranger = str(uuid4())
    late = history("A-2", {"at": AT("09:30"), "set": {"team_id": stranger}})
    early = history("A-1")
    early["values"] |= {"service_id": stranger}
    report = await send(zeven, source, early, late, early, history("A-3"))
    assert report["imported"] == 1
    assert [(one["key"], one["reason"]) for one in report["skipped"]] == [
        ("A-1", f"service_id: no record with the id {stranger} is known here"),
        ("A-2", f"team_id: no record with the id {stranger} is known here"),
        ("A-1", f"service_id: no record with the id {stranger} is known here"),
    ]
