"""Puts ids and versions of real records into generated cases, which would otherwise refer to nothing."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx2
import requests
import schemathesis
from schemathesis import Case, HookContext
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER

from shared.contracts.defaults import GENERAL_SUPPORT_ID
from tests.change.desk import NORMAL
from tests.change.desk import Desk as ChangeDesk
from tests.life.desk import Desk, Json

OF_EACH = 8
PEOPLE = "/governance/v1/people"
#: the list that has the ids for a field of a body
LISTS = {
    "assignee_id": PEOPLE,
    "calendar": "/service-level/v1/calendars",
    "caller_id": PEOPLE,
    "ki_ids": "/knowledge/v1/items",
    "member_ids": PEOPLE,
    "owner_id": PEOPLE,
    "parent_id": "/change/v1/changes",
    "party_id": "/governance/v1/parties",
    "person_id": PEOPLE,
    "requester_id": PEOPLE,
    "service_id": "/service-level/v1/services",
    "team_id": "/governance/v1/teams",
}
#: when the changes are planned that `furnished` makes; made up moments end before they begin
PERIOD = {"from": "2127-03-01T00:00:00Z", "to": "2127-05-01T00:00:00Z"}
#: states in which a record is changed no more
OVER = ("ended", "retired", "withdrawn")


class Records:
    """What an administrator's `session` finds at `address`; every second case that is meant to be right gets to know it."""

    def __init__(self, address: str, session: requests.Session) -> None:
        self._address, self._session, self._dice = address, session, random.Random(0)
        self._cases: Counter[str] = Counter()

    @contextmanager
    def known(self) -> Iterator[None]:
        """Cases know them as long as the block lasts."""

        def before_call(_: HookContext, case: Case[Any], __: Json) -> None:
            if case.meta is not None and not case.meta.generation.mode.is_negative:
                self._cases[case.operation.label] += 1
                if self._cases[case.operation.label] % 2:
                    self._put_into(case)

        schemathesis.hook(before_call)
        try:
            yield
        finally:
            GLOBAL_HOOK_DISPATCHER.unregister(before_call)

    def _put_into(self, case: Case[Any]) -> None:
        if isinstance(case.body, dict):
            case.body = {name: self._named(name, value) for name, value in case.body.items()}
        if "Idempotency-Key" in case.headers:
            # the same one for all cases would let only the first of them in
            case.headers["Idempotency-Key"] = uuid4().hex
        if {"from", "to"} <= case.query.keys():
            case.query |= PERIOD
        if not case.path_parameters:
            return
        chosen = next(self._choices(case, case.path, {}), None)
        if chosen is None:
            return
        case.path_parameters = chosen
        if _last(case.path) == "handover":
            others = (each["id"] for each in self._items(PEOPLE) if each["id"] != chosen["person_id"])
            case.body = {"to": next(others)}
        if "if-match" in case.operation.headers:
            record = f"{self._address}{case.formatted_path}".removesuffix(f"/{_last(case.path)}")
            case.headers["If-Match"] = self._session.get(record).headers["ETag"]

    def _named(self, field: str, value: Any) -> Any:
        """The value of a field of a body: what it names is there."""
        if field not in LISTS or not isinstance(value, str | list):
            return value
        items = sorted(self._items(LISTS[field]), key=lambda item: item.get("state") in OVER)
        found = [item["id"] for item in items]
        if not found:
            return value
        return found[:1] if isinstance(value, list) else found[0]

    def _choices(self, case: Case[Any], template: str, names: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Ids for all parameters of the path, each from the list that stands before it; first those that suit the case."""
        above, parameter, below = template.partition("{")
        if not parameter:
            yield names
            return
        name, _, below = below.partition("}")
        # anybody may be made a watcher, who is none yet; people are governance's in every service
        items = self._items(PEOPLE if above.endswith(("/watchers/", "/people/")) else above.rstrip("/"))
        for item in sorted(items, key=lambda item: not self._suits(case, above, item)):
            value = item[name] if name in item else item["id"]
            yield from self._choices(case, f"{above}{value}{below}", {**names, name: value})

    def _suits(self, case: Case[Any], above: str, item: Json) -> bool:
        """Whether the record is in a state in which it can do what it is asked to."""
        record, last = f"{above}{item.get('id')}", _last(case.path)
        if last == "moves" and isinstance(case.body, dict):
            return case.body["trigger"] in {move["trigger"] for move in self._items(f"{record}/moves")}
        if last == "approvals" and isinstance(case.body, dict):
            return case.body["role"] in self._read(f"{record}/approvals")["awaited"]
        if "/erasure" in case.path:
            return item.get("erased_at") is not None
        if last == "test-runs":
            return bool(item["state"] == "in_test")
        return case.method == "GET" or item.get("state") not in OVER

    def _items(self, path: str) -> list[Json]:
        """The first items of a list, in any order."""
        read = self._read(path)
        # a job is at an address of its own, and some lists give ids alone
        items = [item if isinstance(item, dict) else {"id": item} for item in read.get("items", [read])]
        return self._dice.sample(items, len(items))

    def _read(self, path: str) -> Json:
        answer = self._session.get(f"{self._address}{path}")
        answer.raise_for_status()
        read: Json = answer.json()
        return read


def _last(path: str) -> str:
    """The end of a path, when it is a word."""
    return path.rpartition("/")[2]


async def furnished(admin: httpx2.AsyncClient) -> None:
    """Make what only a story leads to: an incident with suggestion and clocks, held calls, changes that await others, people."""
    desk, changes = Desk(admin), ChangeDesk(admin)
    party = (await desk.get("/governance/v1/parties"))["items"][0]["id"]
    people = [await desk.make(PEOPLE, name=f"Robin {number}", party_id=party) for number in range(OF_EACH)]
    await desk.move(f"{PEOPLE}/{people[-1]['id']}", "retire")
    await desk.make(f"{PEOPLE}/{people[-1]['id']}/erasure", reason="It was asked for.")
    item = await desk.make_once_known(
        "/knowledge/v1/items",
        ki_type="known_error",
        title="Quartzwheel jams",
        language="en",
        owner_id=people[0]["id"],
        symptom="The quartzwheel does not turn.",
        workaround="Turn it by hand.",
    )
    for trigger in ("submit", "approve"):
        await desk.move(f"/knowledge/v1/items/{item['id']}", trigger)
    call = await desk.make(
        "/incident/v1/calls",
        type="incident",
        title="Quartzwheel",
        description="The quartzwheel stands still.",
        impact="high",
        urgency="low",
    )
    await desk.first(f"/incident/v1/incidents/{call['record']['id']}/suggestions")
    await desk.first(f"/service-level/v1/clocks?record_id={call['record']['id']}")
    calls = [
        await desk.make("/incident/v1/calls", type="rfc", title=f"Wheel {number}", description="Another wheel.")
        for number in range(OF_EACH)
    ]
    for call in calls:
        rfc = await desk.first("/change/v1/rfcs", origin_id=call["id"])
        await desk.move(f"/change/v1/rfcs/{rfc['id']}", "forward", reason="It is not agreed.")
        await desk.first("/incident/v1/calls", id=call["id"], held="true")
    classes = {**NORMAL, "ki_ids": [], "service_id": str(GENERAL_SUPPORT_ID)}
    for number in range(OF_EACH):
        await changes.planned(classes={**classes, "impact": "high", "likelihood": "high"}, **_on(3, number))
        authorised = await changes.authorised(classes=classes, **_on(4, number))
        await changes.move("changes", authorised, "prepare", "test")


def _on(month: int, number: int) -> dict[str, str]:
    """A time of its own: two changes of one service at once would be in each other's way."""
    day = f"2127-{month:02}-{number + 1:02}"
    return {"planned_start": f"{day}T07:00:00Z", "planned_end": f"{day}T09:00:00Z"}
