"""Cursors of lists: they belong to one list in one order, and nothing else is accepted as one."""

import base64
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadRequest
from shared.records.cursors import Place, decode, encode
from tests.shared.test_requests import PARCELS, problem
from tests.world import World

ORDERS = st.sampled_from(["created_at", "-created_at", "number", "a name with \U0001f4ee"])
VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
PLACES = st.builds(Place, st.booleans(), VALUES, st.uuids())


@given(ORDERS, PLACES)
def test_any_place_comes_back_as_it_went(order: str, place: Place) -> None:
    assert decode(encode("parcel", order, place), "parcel", order) == place


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_time_comes_back_to_the_microsecond(value: datetime, identity: UUID) -> None:
    place = decode(encode("parcel", "created_at", Place(False, value, identity)), "parcel", "created_at")
    assert (datetime.fromisoformat(place.value), place.id) == (value, identity)


@given(st.one_of(st.dates(), st.uuids()), st.uuids())
def test_a_date_or_an_id_comes_back_as_its_text(value: date | UUID, identity: UUID) -> None:
    assert decode(encode("parcel", "x", Place(True, value, identity)), "parcel", "x") == (True, str(value), identity)


@given(PLACES, st.data())
def test_a_cursor_with_any_bit_changed_is_refused(place: Place, data: st.DataObject) -> None:
    whole = encode("parcel", "created_at", place)
    raw = bytearray(base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4)))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(BadRequest):
        decode(base64.urlsafe_b64encode(raw).decode().rstrip("="), "parcel", "created_at")


@given(PLACES, st.integers(1, 30))
def test_a_cursor_that_was_cut_is_refused(place: Place, cut: int) -> None:
    with pytest.raises(BadRequest):
        decode(encode("parcel", "created_at", place)[:-cut], "parcel", "created_at")


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        decode(text, "parcel", "created_at")


@given(st.binary(max_size=60))
def test_any_bytes_with_a_right_sum_are_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode(forged("parcel", body), "parcel", "created_at")


@given(ORDERS, ORDERS, st.sampled_from(["parcel", "stop"]), PLACES)
def test_a_cursor_serves_one_list_in_one_order(given_out: str, asked: str, name: str, place: Place) -> None:
    cursor = encode("parcel", given_out, place)
    if (given_out, "parcel") == (asked, name):
        decode(cursor, name, asked)
    else:
        with pytest.raises(BadRequest):
            decode(cursor, name, asked)


def forged(name: str, body: bytes) -> str:
    """A cursor with a right sum, as somebody who has read the source can make one."""
    from shared.records.cursors import _checksum

    return base64.urlsafe_b64encode(_checksum(name, body) + body).decode().rstrip("=")


FORGED = [
    None,
    5,
    10**30,
    1.5,
    True,
    "x",
    "",
    "\x00",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "9999-12-31T23:59:59-14:00",
    [],
    {},
]


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("value", FORGED, ids=repr)
async def test_a_forged_cursor_is_refused_or_finds_nothing(office: World, value: Any, before: bool) -> None:
    cursor = forged("parcel", msgspec.json.encode(["created_at", before, value, uuid4()]))
    answer = await office.admin.get(PARCELS, params={"cursor": cursor, "sort": "created_at"})
    if answer.status_code != 200:
        problem(answer, 400, "bad-request")
