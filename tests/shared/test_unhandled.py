"""What a service cannot handle or store is set apart one by one, shown, counted, retried, and discarded with a reason."""

from typing import Any
from uuid import uuid4

import pytest

from shared.bus.acceptance import accepted
from shared.bus.port import Queue, Rejected
from shared.contracts import Envelope
from shared.runtime import Running
from tests.shared.parcels import registered, rows
from tests.shared.test_delivery import POISON, delivery_status, stops
from tests.shared.test_requests import problem
from tests.world import World, token

LETTERS, QUARANTINE = "/rounds/v1/dead-letters", "/rounds/v1/quarantine"
WHY = {"reason": "a test parcel"}


async def figures(office: World) -> dict[str, Any]:
    """The figures of delivery, as operators see them."""
    found: dict[str, Any] = (await office.admin.get("/rounds/readyz")).json()["delivery"]
    metrics = (await office.admin.get("/rounds/metrics")).text
    for name, metric in (("failing", "zeven_inbox_failing_events"), ("quarantine", "zeven_quarantined_messages")):
        assert f'{metric}{{service="rounds"}} {float(found[name])}' in metrics
    return found


async def items(office: World, address: str, **query: str) -> list[dict[str, Any]]:
    answer = await office.admin.get(address, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def spoilt(envelope: Envelope) -> Envelope:
    """The same with a text that PostgreSQL cannot store."""
    return envelope.model_copy(update={"data": {**envelope.data, "label": "a\0b"}})


async def test_an_event_that_fails_is_shown_before_its_day_ends(by_hand: World, rounds: Running) -> None:
    poison, good = registered(weight=POISON), registered()
    await rounds.inbox.deliver([poison, good])
    await rounds.inbox.handle_due()
    (failing,) = await items(by_hand, LETTERS)
    assert (failing["event_id"], failing["state"], failing["dead_at"]) == (str(poison.id), "failing", None)
    assert failing["next_attempt_at"] > failing["received_at"]
    assert "cannot be carried" in failing["last_error"]
    assert await items(by_hand, LETTERS, state="dead") == []
    assert (await figures(by_hand))["failing"] == 1
    assert (await by_hand.admin.get("/rounds/readyz")).json()["status"] == "ready"


async def test_an_event_is_discarded_once_with_a_reason_that_is_recorded(
    by_hand: World, rounds: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr("shared.security_log.record", lambda act, **details: lines.append((act, details)))
    poison = registered(weight=POISON)
    await rounds.inbox.deliver([poison])
    await rounds.inbox.handle_due()
    address = f"{LETTERS}/{poison.id}/discard"
    problem(await by_hand.admin.post(address, json={}), 422)
    problem(await by_hand.admin.post(address, json={"reason": " "}), 422)
    problem(await by_hand.as_(token("somebody", "professional")).post(address, json=WHY), 403, "not-allowed")
    ada = by_hand.as_(token("ada", "operator"))
    assert (await ada.post(address, json=WHY)).status_code == 204
    problem(await ada.post(address, json=WHY), 404, "not-found")
    problem(await ada.post(f"{LETTERS}/{poison.id}/retry"), 404, "not-found")
    await rounds.inbox.deliver([poison])  # delivered once more
    World.advance(hours=30)
    await rounds.inbox.handle_due()
    assert await stops(rounds) == []
    assert (await figures(by_hand))["failing"] == 0
    (row,) = await rows(rounds, "SELECT actor, data FROM event WHERE type = 'event.discarded.v1'")
    assert (row[0]["id"], row[1]["reason"], row[1]["event_id"]) == ("ada", "a test parcel", str(poison.id))
    assert row[1]["error"] == "ValueError: this parcel cannot be carried"
    assert ("event_discarded", "ada") in [(act, details["actor"]) for act, details in lines]


async def test_an_event_that_cannot_be_stored_stops_no_other(by_hand: World, rounds: Running) -> None:
    poison, good = spoilt(registered()), [registered(), registered()]
    await rounds.inbox.deliver([good[0], poison, good[1]])
    await rounds.inbox.deliver([poison])  # not acknowledged, so delivered again
    await rounds.inbox.handle_due()
    assert await stops(rounds) == sorted(each.subject for each in good)
    (apart,) = await items(by_hand, QUARANTINE)
    assert (apart["reason"], apart["publisher"], apart["event_id"]) == ("not storable", "counter", str(poison.id))
    assert (apart["count"], apart["type"]) == (2, poison.type)
    assert "a\\u0000b" in apart["message"]
    assert (await figures(by_hand))["quarantine"] == 1
    assert (await by_hand.admin.get(f"{QUARANTINE}/{apart['id']}")).json() == apart
    refused = problem(await by_hand.admin.post(f"{QUARANTINE}/{apart['id']}/retry"), 409, "conflict")
    assert "cannot store it" in refused["detail"]
    assert (await by_hand.admin.post(f"{QUARANTINE}/{apart['id']}/discard", json=WHY)).status_code == 204
    problem(await by_hand.admin.get(f"{QUARANTINE}/{apart['id']}"), 404, "not-found")
    assert (await figures(by_hand))["quarantine"] == 0
    assert await rows(rounds, "SELECT data->>'kind' FROM event WHERE type = 'event.discarded.v1'") == ["message"]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"{", b'{"id": 1}'])
async def test_what_is_no_event_is_shown_as_it_came_and_can_only_be_discarded(
    by_hand: World, rounds: Running, body: bytes
) -> None:
    await rounds.inbox.set_apart([Rejected("unreadable", "counter", body, "not JSON")])
    (apart,) = await items(by_hand, QUARANTINE, reason="unreadable")
    assert apart["message"].encode("utf-8", "backslashreplace").startswith(body[:1].replace(b"\xff", b"\\xff"))
    problem(await by_hand.admin.post(f"{QUARANTINE}/{apart['id']}/retry"), 409, "conflict")
    assert (await by_hand.admin.post(f"{QUARANTINE}/{apart['id']}/discard", json=WHY)).status_code == 204


async def test_a_later_version_is_set_apart_and_handled_by_a_version_that_knows_it(
    by_hand: World, rounds: Running
) -> None:
    event = registered()
    later = event.model_copy(update={"type": "parcel.registered.v2"})
    queue = rounds.service.queue
    found, apart, clean = accepted(queue, "counter", [later, registered()])
    assert ([each.reason for each in apart], len(found), clean) == (["later version"], 1, True)
    assert accepted(queue, "rounds", [later]).apart == []  # not published by whom it says
    await rounds.inbox.set_apart(apart)
    (shown,) = await items(by_hand, QUARANTINE)
    assert (shown["id"], shown["type"]) == (str(event.id), "parcel.registered.v2")
    refused = problem(await by_hand.admin.post(f"{QUARANTINE}/{shown['id']}/retry"), 409, "conflict")
    assert "does not handle parcel.registered.v2; update it" in refused["detail"]
    # what the next version would find
    await rows(rounds, "UPDATE quarantine SET message = replace(message, 'registered.v2', 'registered.v1')")
    assert (await by_hand.admin.post(f"{QUARANTINE}/{shown['id']}/retry")).status_code == 204
    await rounds.inbox.handle_due()
    assert (await delivery_status(rounds, event))[:2] == (1, True)
    assert await items(by_hand, QUARANTINE) == []


def test_only_higher_versions_of_what_is_handled_count_as_later() -> None:
    queue = Queue("a", {"letter.sent.v2": "sender", "card.*.v1": "sender"})
    later = ("letter.sent.v3", "card.sent.v2", "card.anything.v11")
    others = (
        "letter.sent.v1",
        "letter.sent.v2",
        "letter.lost.v3",
        "card.sent.v1",
        "card.sent.vx",
        "card",
        "card.sent.v",
    )
    assert [kind for kind in (*later, *others) if queue.takes_earlier(kind, "sender")] == [*later]
    assert not any(queue.takes_earlier(kind, "somebody") for kind in later)


async def test_events_of_an_unknown_type_are_counted_together(by_hand: World, rounds: Running) -> None:
    for _ in range(3):
        await rounds.inbox.set_apart(
            [Rejected("unknown type", "counter", b"{}", "unknown", "parcel.weighed.v1", uuid4())]
        )
    (shown,) = await items(by_hand, QUARANTINE)
    assert (shown["count"], shown["type"]) == (3, "parcel.weighed.v1")
    problem(await by_hand.admin.post(f"{QUARANTINE}/{shown['id']}/retry"), 409, "conflict")


async def test_only_operators_see_what_was_set_apart(by_hand: World, rounds: Running) -> None:
    await rounds.inbox.set_apart([Rejected("unreadable", "counter", b"{", "not JSON")])
    (shown,) = await items(by_hand, QUARANTINE)
    one = f"{QUARANTINE}/{shown['id']}"
    for role in ("professional", "feed_reader", "client"):
        somebody = by_hand.as_(token("somebody", role))
        for attempt in (
            somebody.get(QUARANTINE),
            somebody.get(one),
            somebody.post(f"{one}/retry"),
            somebody.post(f"{one}/discard", json=WHY),
        ):
            problem(await attempt, 403, "not-allowed")
    assert (await by_hand.as_(token("ada", "operator")).get(one)).status_code == 200
